"""Writes optimizers.safetensors and schedules.json beside this script: what torch.optim, bitsandbytes and Transformers compute.

The build never runs this. To renew the files:
    python -m venv v && v/bin/pip install torch==2.7.1 'transformers<5' bitsandbytes
    v/bin/python make_optimizers.py
The versions that wrote the committed files stand in schedules.json.
"""
import json
import pathlib

import bitsandbytes
import bitsandbytes.backends.cpu.ops
import torch
import transformers
from safetensors.torch import save_file

# bitsandbytes' CPU kernel looks codes up in a coarse table: every second moment below 1.6e-5 of its block's maximum gets
# the code of that. Its CUDA kernel and its generic code search the map for the nearest value, as the paper says; so does this.
def nearest(x, code, absmax_out, codes_out, blocksize):
    blocks = torch.nn.functional.pad(x.reshape(-1), (0, -x.numel() % blocksize)).view(-1, blocksize)
    absmax = blocks.abs().amax(1)
    scaled = blocks.double() / absmax.clamp(min=1e-38).double()[:, None]
    codes = torch.argmin((scaled[..., None] - code.double()).abs(), -1)
    codes_out.copy_(codes.reshape(-1)[: x.numel()].view(x.shape))
    absmax_out.copy_(absmax)


bitsandbytes.backends.cpu.ops._quant_blockwise_fp32_direct = nearest

HERE = pathlib.Path(__file__).parent
torch.manual_seed(0)

# 4480 elements are 17.5 blocks of 256: enough for 8-bit state, the last block partial. The other two keep f32 state.
SHAPES = {"up.lora_A": (16, 280), "up.lora_B": (8, 16), "norm": (16,)}
RATES = [0.01, 0.02, 0.005, 0.01, 0.003]
DECAY, RATIO = 0.1, 4.0
start = {name: torch.randn(shape) for name, shape in SHAPES.items()}
# three decades of sizes, as real gradients have, and one block that never gets any
scale = {name: 10 ** (-3 * torch.rand(shape)) for name, shape in SHAPES.items()}
scale["up.lora_A"].view(-1)[512:768] = 0
grads = [{name: scale[name] * torch.randn(shape) for name, shape in SHAPES.items()} for _ in RATES]
arrays = {"start." + name: value for name, value in start.items()}
for step, g in enumerate(grads):
    arrays |= {f"grad.{step}.{name}": value for name, value in g.items()}


def run(label, make, ratio=1.0, after_first=None):
    values = {name: torch.nn.Parameter(value.clone()) for name, value in start.items()}
    groups = [{"params": [p], "weight_decay": 0.0 if p.dim() == 1 else DECAY, "factor": ratio if name.endswith("lora_B") else 1.0}
              for name, p in values.items()]
    optimizer = make(groups)
    for step, rate in enumerate(RATES):
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        for name, p in values.items():
            p.grad = grads[step][name].clone()
        optimizer.step()
        if step == 0 and after_first:
            after_first(optimizer.state[values["up.lora_A"]])
    arrays.update({f"{label}.{name}": p.detach() for name, p in values.items()})
    return optimizer, values


def keep_8bit(state):
    arrays.update({"adamw_8bit.first.exp_avg": state["state1"].reshape(-1), "adamw_8bit.first.exp_avg_sq": state["state2"].reshape(-1),
                   "adamw_8bit.first.exp_avg.absmax": state["absmax1"], "adamw_8bit.first.exp_avg_sq.absmax": state["absmax2"]})


run("adamw", lambda g: torch.optim.AdamW(g, lr=0.0, betas=(0.9, 0.99), eps=1e-8))
run("loraplus", lambda g: torch.optim.AdamW(g, lr=0.0, betas=(0.9, 0.99), eps=1e-8), ratio=RATIO)
run("adamw_8bit", lambda g: bitsandbytes.optim.AdamW8bit(g, lr=0.0, betas=(0.9, 0.99), eps=1e-8), after_first=lambda s: keep_8bit({k: v.clone() if torch.is_tensor(v) else v for k, v in s.items()}))
run("sgd", lambda g: torch.optim.SGD(g, lr=0.0))
run("sgd_momentum", lambda g: torch.optim.SGD(g, lr=0.0, momentum=0.9))
arrays["map.signed"] = bitsandbytes.functional.create_dynamic_map(signed=True)
arrays["map.unsigned"] = bitsandbytes.functional.create_dynamic_map(signed=False)

# clipping: torch.nn.utils.clip_grad_norm_ at 1
clipped = [torch.nn.Parameter(value.clone()) for value in start.values()]
for p, g in zip(clipped, grads[0].values()):
    p.grad = g.clone()
norm = torch.nn.utils.clip_grad_norm_(clipped, 1.0)
arrays["clip.total"] = norm.reshape(1)
arrays |= {"clip." + name: p.grad for name, p in zip(SHAPES, clipped)}
save_file({k: v.contiguous() for k, v in arrays.items()}, HERE / "optimizers.safetensors")

# The rates of 20 steps and of one beyond them, from a peak of 1, by Transformers' get_scheduler.
SCHEDULES = {
    "constant": ("constant_with_warmup", {}),
    "linear": ("linear", {}),
    "cosine": ("cosine", {}),
    "cosine to a tenth": ("cosine_with_min_lr", {"min_lr_rate": 0.1}),
    "cosine_with_restarts": ("cosine_with_restarts", {"num_cycles": 3}),
    "inverse_sqrt": ("inverse_sqrt", {}),
}
schedules = {"versions": {m.__name__: m.__version__ for m in (torch, transformers, bitsandbytes)}, "total": 20, "restarts": 3, "curves": []}
for name, (theirs, extra) in SCHEDULES.items():
    for warmup in (0, 4):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        scheduler = transformers.get_scheduler(theirs, optimizer, num_warmup_steps=warmup, num_training_steps=20, scheduler_specific_kwargs=extra)
        rates = []
        for _ in range(21):
            rates.append(scheduler.get_last_lr()[0])
            optimizer.step()
            scheduler.step()
        schedules["curves"].append({"scheduler": name.split()[0], "min_ratio": extra.get("min_lr_rate", 0.0), "warmup": warmup, "rates": rates})
(HERE / "schedules.json").write_text(json.dumps(schedules, indent=1) + "\n")
