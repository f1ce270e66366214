"""Writes variants/: what PEFT computes for the variants of LoRA, what DPO's formula and bitsandbytes' int8 give, on families/llama.

The build never runs this. To renew the files, after make_families.py:
    python -m venv v && v/bin/pip install torch==2.7.1 'transformers<5' peft bitsandbytes
    v/bin/python make_variants.py
variants/versions.json names the versions that wrote the committed files.

Per variant: the adapter as PEFT saves it before the first step, golden.json (base, lora_loss, lora_curve) and
golden.safetensors (grad.NAME, lora_logits.0). Prompts and labels are the base family's; padding on the right.
"""
import json

import bitsandbytes
import peft
import torch
import torch.nn.functional as F
import transformers
from bitsandbytes.functional import dequantize_4bit, int8_vectorwise_quant, quantize_4bit
from peft.optimizers import create_loraplus_optimizer
from safetensors.torch import load_file

from make_families import HERE, LABELLED_FROM, adamw, adapt, curve, gradients, load, padded, trainable, write

VARIANTS = HERE / "variants"
REGEX = r"model\.layers\.[01]\.(self_attn\.(q|v)_proj|mlp\.down_proj)"

# name: (base family, options of peft.LoraConfig)
ADAPTERS = {
    "rslora": ("llama", dict(use_rslora=True)),
    "dora": ("llama", dict(use_dora=True)),
    "dora_bias": ("qwen2", dict(use_dora=True, target_modules=["q_proj", "v_proj", "o_proj"])),
    "patterns": ("llama", dict(rank_pattern={"q_proj": 2, r"layers\.1\.mlp\.down_proj": 6}, alpha_pattern={"q_proj": 6, "v_proj": 1})),
    "modules_to_save": ("llama", dict(modules_to_save=["embed_tokens", "lm_head"])),
    "modules_to_save_head": ("llama", dict(modules_to_save=["lm_head"], target_modules=["q_proj"])),
    "modules_to_save_tied": ("llama_tied", dict(modules_to_save=["embed_tokens"], ensure_weight_tying=True)),
    "targets_regex": ("llama", dict(target_modules=REGEX)),
    "targets_list": ("llama", dict(target_modules=["k_proj", "up_proj"])),
}


def prompts(base):
    arrays = load_file(HERE / "families" / base / "golden.safetensors")
    return [arrays[f"row.{n}"].long() for n in range(3)]


def adapter(name, base, options):
    folder = VARIANTS / name
    rows = prompts(base)
    batch, labels, _ = padded(rows, "right")
    lora = adapt(load(HERE / "families" / base), folder / "adapter", **options)
    # Which parameters decay is a choice of the trainer; DoRA's vectors are where choices differ.
    decay = 0.0 if options.get("use_dora") else 0.01
    with torch.no_grad():
        logits = lora(rows[0][None]).logits[0]
    loss = lora(**batch, labels=labels).loss
    loss.backward()
    arrays = gradients(lora) | {"lora_logits.0": logits}
    numbers = {"base": base, "labelled_from": LABELLED_FROM, "weight_decay": decay, "lora_loss": loss.item(),
               "scales": {n: m.scaling["default"] for n, m in lora.base_model.model.named_modules() if isinstance(m, peft.tuners.lora.LoraLayer)}}
    numbers["lora_curve"] = curve(adamw(trainable(lora), decay), trainable(lora), lambda: lora(**batch, labels=labels).loss)
    write(folder, numbers, arrays)
    return numbers


def lora_plus(base="llama", ratio=8.0, rate=0.002):
    """B learns ratio times as fast as A (Hayou et al. 2024, arXiv:2402.12354), by PEFT's own optimizer."""
    folder = VARIANTS / "lora_plus"
    batch, labels, _ = padded(prompts(base), "right")
    lora = adapt(load(HERE / "families" / base), folder / "adapter")
    optimizer = create_loraplus_optimizer(lora, torch.optim.AdamW, lr=rate, loraplus_lr_ratio=ratio, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0)
    numbers = {"base": base, "labelled_from": LABELLED_FROM, "weight_decay": 0.0, "learning_rate": rate, "loraplus_lr_ratio": ratio,
               "lora_curve": curve(optimizer, trainable(lora), lambda: lora(**batch, labels=labels).loss)}
    write(folder, numbers, {})
    return numbers


def full(base="llama"):
    """Every weight learns; no decay, because which weights decay is a choice of the trainer."""
    folder = VARIANTS / "full"
    folder.mkdir(exist_ok=True)
    model = load(HERE / "families" / base)
    batch, labels, _ = padded(prompts(base), "right")
    loss = model(**batch, labels=labels).loss
    loss.backward()
    arrays = {"grad." + n.removesuffix(".weight"): p.grad.clone() for n, p in model.named_parameters()}
    numbers = {"base": base, "labelled_from": LABELLED_FROM, "weight_decay": 0.0, "loss": loss.item(),
               "curve": curve(adamw(model.parameters(), 0.0), list(model.parameters()), lambda: model(**batch, labels=labels).loss)}
    write(folder, numbers, arrays)
    return numbers


def nf4(weights):
    # flat, because bitsandbytes' CPU kernel starts a new block with every row when it unpacks, and not when it packs
    packed, state = quantize_4bit(weights.flatten(), blocksize=64, compress_statistics=True, quant_type="nf4")
    return dequantize_4bit(packed, state).view_as(weights)


def row_int8(weights):
    codes, maxima, _ = int8_vectorwise_quant(weights)
    return codes * (maxima / 127).unsqueeze(1)


def rounded(name, rounding, base="llama"):
    """An adapter on a base whose linear modules were rounded and back, as QLoRA's and LLM.int8()'s are; computed in f32."""
    folder = VARIANTS / name
    rows = prompts(base)
    batch, labels, _ = padded(rows, "right")
    model = load(HERE / "families" / base)
    with torch.no_grad():
        for key, p in model.named_parameters():
            if key.endswith("_proj.weight"):
                p.copy_(rounding(p))
    lora = adapt(model, folder / "adapter")
    with torch.no_grad():
        logits = lora(rows[0][None]).logits[0]
    loss = lora(**batch, labels=labels).loss
    loss.backward()
    arrays = gradients(lora) | {"lora_logits.0": logits}
    numbers = {"base": base, "labelled_from": LABELLED_FROM, "weight_decay": 0.01, "lora_loss": loss.item()}
    numbers["lora_curve"] = curve(adamw(trainable(lora)), trainable(lora), lambda: lora(**batch, labels=labels).loss)
    write(folder, numbers, arrays)
    return numbers


def nf4_base():
    return rounded("nf4_base", nf4)


def int8_base():
    return rounded("int8_base", row_int8)


def log_probability(model, row, prompt):
    """log p(completion | prompt): the sum over the tokens from position prompt on."""
    logits = model(row[None]).logits[0, prompt - 1:-1]
    return F.log_softmax(logits, dim=-1).gather(1, row[prompt:, None]).sum()


def dpo(beta=0.1):
    """
    Rafailov et al. 2023, arXiv:2305.18290, equation 7; label smoothing e as in its authors' code (conservative DPO):
        h = beta * ((log p(w) - log p_ref(w)) - (log p(l) - log p_ref(l)))
        loss = -(1 - e) log sigmoid(h) - e log sigmoid(-h), mean over pairs; the reference is the adapter switched off
    """
    base, folder = "llama", VARIANTS / "dpo"
    lora = adapt(load(HERE / "families" / base), folder / "adapter")
    pairs = []
    for prompt, chosen, rejected in ((6, 9, 5), (3, 4, 11), (10, 7, 7)):
        question = torch.randint(3, 96, (prompt,))
        pairs.append((prompt, *(torch.cat([question, torch.randint(3, 96, (n,))]) for n in (chosen, rejected))))
    with torch.no_grad(), lora.disable_adapter():
        reference = [[log_probability(lora, row, prompt) for row in rows] for prompt, *rows in pairs]

    def rewards():
        return torch.stack([torch.stack([beta * (log_probability(lora, row, prompt) - ref) for row, ref in zip(rows, refs)])
                            for (prompt, *rows), refs in zip(pairs, reference)])

    def loss(smoothing):
        h = rewards().diff(dim=1)[:, 0].neg()
        return (-(1 - smoothing) * F.logsigmoid(h) - smoothing * F.logsigmoid(-h)).mean()

    arrays = {}
    numbers = {"base": base, "beta": beta, "prompt_lengths": [p for p, *_ in pairs], "weight_decay": 0.01,
               "reference": [[r.item() for r in refs] for refs in reference]}
    for n, (_, chosen, rejected) in enumerate(pairs):
        arrays |= {f"chosen.{n}": chosen.to(torch.int32), f"rejected.{n}": rejected.to(torch.int32)}
    with torch.no_grad():
        numbers["rewards"] = rewards().tolist()
        numbers["margins"] = rewards().diff(dim=1)[:, 0].neg().tolist()
    for smoothing in (0.0, 0.1):
        lora.zero_grad()
        value = loss(smoothing)
        value.backward()
        numbers[f"loss_{smoothing}"] = value.item()
        arrays |= {key.replace("grad.", f"grad_{smoothing}."): g for key, g in gradients(lora).items()}
    numbers["curve"] = curve(adamw(trainable(lora), 0.01), trainable(lora), lambda: loss(0.0))
    write(folder, numbers, arrays)
    return numbers


def int8():
    """LLM.int8()'s row-wise codes (Dettmers et al. 2022, arXiv:2208.07339): round(127 w / max |w|) of every row, ties to even."""
    folder = VARIANTS / "int8"
    folder.mkdir(exist_ok=True)
    weights = 0.02 * torch.randn(24, 64)
    codes, maxima, _ = int8_vectorwise_quant(weights)
    write(folder, {"dequantized": "codes * maxima / 127"}, {"weights": weights, "codes": codes, "maxima": maxima})


def main():
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    VARIANTS.mkdir(exist_ok=True)
    for n, (name, (base, options)) in enumerate(ADAPTERS.items()):
        torch.manual_seed(1000 + n)
        numbers = adapter(name, base, options)
        print(f"{name:22} {numbers['lora_loss']:.4f} -> {numbers['lora_curve'][-1][0]:.4f}")
    for n, make in enumerate((lora_plus, full, dpo, int8, nf4_base, int8_base)):
        torch.manual_seed(2000 + n)
        print(make.__name__, make())
    versions = {m.__name__: m.__version__ for m in (torch, transformers, peft, bitsandbytes)}
    (VARIANTS / "versions.json").write_text(json.dumps(versions, indent=1) + "\n")


if __name__ == "__main__":
    main()
