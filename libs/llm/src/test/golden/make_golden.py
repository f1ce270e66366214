"""Writes the golden files beside this script: what Transformers, PEFT and bitsandbytes compute for a tiny random Llama.

The build never runs this. To renew the files:
    python -m venv v && v/bin/pip install torch==2.7.1 'transformers<5' peft bitsandbytes
    v/bin/python make_golden.py
The versions that wrote the committed files stand in golden.json.
"""
import json
import pathlib

import bitsandbytes
import peft
import torch
import transformers
from bitsandbytes.functional import dequantize_4bit, quantize_4bit
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
torch.manual_seed(0)
torch.use_deterministic_algorithms(True)

# Grouped-query attention, untied head, a head size that is not hidden / heads.
config = transformers.LlamaConfig(
    vocab_size=96, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, head_dim=16, rms_norm_eps=1e-5, rope_theta=10000.0, max_position_embeddings=64,
    tie_word_embeddings=False, attention_bias=False, mlp_bias=False)
config._attn_implementation = "eager"
model = transformers.LlamaForCausalLM(config).float().eval()
with torch.no_grad():
    for name, p in model.named_parameters():
        p.copy_(1 + 0.1 * torch.randn_like(p) if p.dim() == 1 else 0.15 * torch.randn_like(p))
model.save_pretrained(HERE / "llama", safe_serialization=True)
for extra in ("generation_config.json",):
    (HERE / "llama" / extra).unlink(missing_ok=True)

tokens = torch.randint(0, 96, (3, 24))
logits = model(tokens).logits.detach()

# Loss on the tokens from position 9 on, as if the first 9 were a question.
labels = tokens.clone()
labels[:, :9] = -100
golden = {"versions": {m.__name__: m.__version__ for m in (torch, transformers, peft, bitsandbytes)},
          "labelled_from": 9, "loss": model(tokens, labels=labels).loss.item()}
arrays = {"tokens": tokens.to(torch.int32), "logits": logits}

# LoRA on every linear module; B is not zero, so that A has a gradient too.
lora = peft.get_peft_model(model, peft.LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"))
with torch.no_grad():
    for name, p in lora.named_parameters():
        if "lora_B" in name:
            p.copy_(0.1 * torch.randn_like(p))
lora.save_pretrained(HERE / "adapter")
(HERE / "adapter" / "README.md").unlink(missing_ok=True)
loss = lora(tokens, labels=labels).loss
loss.backward()
golden["lora_loss"] = loss.item()
for name, p in lora.named_parameters():
    if p.requires_grad:
        key = name.removeprefix("base_model.model.").replace(".default.weight", "")
        arrays["grad." + key] = p.grad.clone()

# Ten steps of AdamW with clipping at 1: the loss before each step and the gradient's norm before clipping.
optimizer = torch.optim.AdamW([p for p in lora.parameters() if p.requires_grad], lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
curve = []
for step in range(10):
    optimizer.zero_grad()
    loss = lora(tokens, labels=labels).loss
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_([p for p in lora.parameters() if p.requires_grad], 1.0)
    optimizer.step()
    curve.append([loss.item(), norm.item()])
golden["lora_curve"] = curve

# NF4 with double quantization: 48 x 512 weights are 384 blocks, so the second level has one full and one partial block.
weights = 0.02 * torch.randn(48, 512)
packed, state = quantize_4bit(weights, blocksize=64, compress_statistics=True, quant_type="nf4")
arrays["nf4.weights"] = weights
arrays["nf4.codes"] = packed.view(48, 256)
arrays["nf4.absmax"] = state.absmax
arrays["nf4.scales"] = state.state2.absmax
arrays["nf4.offset"] = state.offset.reshape(1)
arrays["nf4.map"] = state.state2.code
arrays["nf4.dequantized"] = dequantize_4bit(packed, state)

save_file({k: v.contiguous() for k, v in arrays.items()}, HERE / "golden.safetensors")
(HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
print(golden)
