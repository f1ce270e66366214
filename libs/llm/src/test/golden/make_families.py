"""Writes families/: what Transformers and PEFT compute for a tiny random model of every family that this project runs.

The build never runs this. To renew the files:
    python -m venv v && v/bin/pip install torch==2.7.1 'transformers<5' peft
    v/bin/python make_families.py [name ...]
families/versions.json names the versions that wrote the committed files.

Per family: config.json with the keys that its authors publish (values that they leave to Transformers' defaults stay
away), model.safetensors, the adapter PEFT saved, golden.json (losses, the curve) and golden.safetensors:
    row.N              token ids of prompt N
    logits.N           of prompt N run alone
    padded.right.N     of its real positions when all prompts run as one batch padded on the right; padded.left.N likewise
    grad.MODULE.lora_A gradients of the adapter's matrices for the batch of all prompts, labels from labelled_from on
"""
import json
import pathlib
import sys

import peft
import torch
import transformers
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
LENGTHS = (24, 17, 9)
LABELLED_FROM = 4
SMALL = dict(vocab_size=96, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64, initializer_range=0.02)

# name: (model_type, values, keys to take out of the written config because the hub's files do not have them)
FAMILIES = {
    "llama": ("llama", dict(head_dim=16, rms_norm_eps=1e-5), []),
    "llama3": ("llama", dict(rms_norm_eps=1e-5, rope_theta=100.0, head_dim=16, rope_scaling=dict(
        rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)), []),
    "llama_linear": ("llama", dict(rope_scaling=dict(type="linear", factor=4.0)), ["head_dim"]),
    "llama_bias": ("llama", dict(attention_bias=True, mlp_bias=True, num_key_value_heads=4), ["head_dim", "num_key_value_heads"]),
    "llama_tied": ("llama", dict(tie_word_embeddings=True, head_dim=8), []),
    "mistral": ("mistral", dict(sliding_window=8, head_dim=16, rms_norm_eps=1e-5), []),
    "qwen2": ("qwen2", dict(use_sliding_window=False, sliding_window=8, max_window_layers=1, rope_theta=1e6, tie_word_embeddings=True), ["layer_types"]),
    "qwen2_sliding": ("qwen2", dict(use_sliding_window=True, sliding_window=8, max_window_layers=1), ["layer_types"]),
    "qwen3": ("qwen3", dict(head_dim=16, rope_theta=1e6), ["layer_types"]),
    "smollm3": ("smollm3", dict(pad_token_id=0, num_hidden_layers=4, intermediate_size=32, no_rope_layer_interval=3, rope_theta=5e4), ["no_rope_layers", "layer_types"]),
    "smollm3_listed": ("smollm3", dict(pad_token_id=0, num_hidden_layers=3, no_rope_layers=[0, 1, 1], tie_word_embeddings=False), ["no_rope_layer_interval"]),
    "phi3": ("phi3", dict(pad_token_id=0, num_key_value_heads=4), []),
    "phi3_partial": ("phi3", dict(pad_token_id=0, num_attention_heads=2, num_key_value_heads=1, partial_rotary_factor=0.75, sliding_window=8), []),
    "gemma2": ("gemma2", dict(head_dim=16, query_pre_attn_scalar=24, sliding_window=8, attn_logit_softcapping=2.0, final_logit_softcapping=3.0), ["layer_types"]),
    "gemma3": ("gemma3_text", dict(num_hidden_layers=3, intermediate_size=32, head_dim=16, query_pre_attn_scalar=24, sliding_window=8, rope_theta=1e5, rope_local_base_freq=100.0,
                                   rope_scaling=dict(rope_type="linear", factor=8.0), sliding_window_pattern=2), ["layer_types", "_sliding_window_pattern"]),
}


def randomise(model):
    """Every term matters: norms scatter around their neutral value (0 for Gemma, which adds 1), biases are not zero."""
    neutral = 0 if model.config.model_type.startswith("gemma") else 1
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name.endswith("bias"):
                p.copy_(0.3 * torch.randn_like(p))
            elif p.dim() == 1:
                p.copy_(neutral + 0.2 * torch.randn_like(p))
            else:
                p.copy_(0.15 * torch.randn_like(p))


def write_base(folder, model_type, values, absent):
    config = transformers.AutoConfig.for_model(model_type, **(SMALL | values))
    config._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(config).float()
    randomise(model)
    model.save_pretrained(folder, safe_serialization=True)
    (folder / "generation_config.json").unlink(missing_ok=True)
    file = folder / "config.json"
    written = json.loads(file.read_text())
    for key in absent:
        written.pop(key, None)
    if "sliding_window_pattern" in values:
        written["sliding_window_pattern"] = values["sliding_window_pattern"]
    file.write_text(json.dumps(written, indent=2) + "\n")


def load(folder):
    """From the files, so that the published keys alone describe the model."""
    return transformers.AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()


def padded(rows, side):
    """Token ids, mask, positions and labels [B, T] of all rows as one batch."""
    T = max(map(len, rows))
    ids, mask, labels = torch.zeros(len(rows), T, dtype=torch.long), torch.zeros(len(rows), T, dtype=torch.long), torch.full((len(rows), T), -100)
    spans = []
    for b, row in enumerate(rows):
        start = 0 if side == "right" else T - len(row)
        span = slice(start, start + len(row))
        ids[b, span], mask[b, span] = row, 1
        labels[b, start + LABELLED_FROM:start + len(row)] = row[LABELLED_FROM:]
        spans.append(span)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    return dict(input_ids=ids, attention_mask=mask, position_ids=positions), labels, spans


def adapt(model, folder=None, **options):
    """PEFT's LoRA on every linear module unless told otherwise; B is not zero, so that A has a gradient too."""
    options = dict(r=4, lora_alpha=8, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM") | options
    lora = peft.get_peft_model(model, peft.LoraConfig(**options))
    with torch.no_grad():
        for name, p in lora.named_parameters():
            if "lora_B" in name:
                p.copy_(0.1 * torch.randn_like(p))
            elif "lora_magnitude_vector" in name:
                p.mul_(1 + 0.1 * torch.randn_like(p))
            elif "modules_to_save" in name:
                p.add_(0.02 * torch.randn_like(p))
    if folder:
        lora.save_pretrained(folder)
        (folder / "README.md").unlink(missing_ok=True)
        config = folder / "adapter_config.json"
        written = json.loads(config.read_text())
        written["base_model_name_or_path"] = None
        if isinstance(written["target_modules"], list):
            written["target_modules"].sort()
        config.write_text(json.dumps(written, indent=2) + "\n")
    return lora


def trainable(lora):
    return [p for p in lora.parameters() if p.requires_grad]


def gradients(lora):
    """By the names of the adapter's file, without its prefix and '.weight'."""
    result = {}
    for name, p in lora.named_parameters():
        if p.requires_grad:
            key = name.removeprefix("base_model.model.").replace(".default", "").replace(".modules_to_save", "").removesuffix(".weight")
            result["grad." + key] = p.grad.clone()
    return result


def adamw(parameters, decay=0.01):
    return torch.optim.AdamW(parameters, lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=decay)


def curve(optimizer, parameters, step_loss, steps=10):
    """Clipping at 1: the loss before each step and the gradient's norm before clipping."""
    result = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = step_loss()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        result.append([loss.item(), norm.item()])
    return result


def write(folder, numbers, arrays):
    save_file({k: v.detach().contiguous() for k, v in arrays.items()}, folder / "golden.safetensors")
    (folder / "golden.json").write_text(json.dumps(numbers, indent=1) + "\n")


def rows():
    return [torch.randint(3, 96, (n,)) for n in LENGTHS]


def bf16_error(folder, prompts, arrays):
    """Root mean square of what Transformers' logits lose by computing in bf16."""
    model = load(folder).to(torch.bfloat16)
    with torch.no_grad():
        errors = [(model(row[None]).logits[0].float() - arrays[f"logits.{n}"]).flatten() for n, row in enumerate(prompts)]
    return torch.cat(errors).square().mean().sqrt().item()


def golden(folder):
    model, prompts = load(folder), rows()
    arrays = {f"row.{n}": row.to(torch.int32) for n, row in enumerate(prompts)}
    with torch.no_grad():
        for n, row in enumerate(prompts):
            arrays[f"logits.{n}"] = model(row[None]).logits[0]
        for side in ("right", "left"):
            batch, _, spans = padded(prompts, side)
            logits = model(**batch).logits
            for n, span in enumerate(spans):
                arrays[f"padded.{side}.{n}"] = logits[n, span]
                worst = (arrays[f"padded.{side}.{n}"] - arrays[f"logits.{n}"]).abs().max().item()
                assert worst < 2e-5, f"{folder.name}: padding on the {side} changes row {n} by {worst}"
    batch, labels, _ = padded(prompts, "right")
    numbers = {"labelled_from": LABELLED_FROM, "bf16_error": bf16_error(folder, prompts, arrays), "loss": model(**batch, labels=labels).loss.item()}
    lora = adapt(model, folder / "adapter")
    loss = lora(**batch, labels=labels).loss
    loss.backward()
    numbers["lora_loss"] = loss.item()
    arrays |= gradients(lora)
    with torch.no_grad():
        arrays["lora_logits.0"] = lora(prompts[0][None]).logits[0]
    numbers["lora_curve"] = curve(adamw(trainable(lora)), trainable(lora), lambda: lora(**batch, labels=labels).loss)
    write(folder, numbers, arrays)
    return numbers, max(v.abs().max().item() for k, v in arrays.items() if k.startswith("logits"))


def variants_of_storage():
    """The same weights in several files with an index, rounded to bf16, and in one file rounded to f16."""
    for name, source, dtype, shard in (("llama_sharded_bf16", "llama", torch.bfloat16, "20KB"), ("qwen2_f16", "qwen2", torch.float16, "5GB")):
        folder = HERE / "families" / name
        for old in folder.glob("*.safetensors*"):
            old.unlink()
        model = load(HERE / "families" / source).to(dtype)
        model.save_pretrained(folder, safe_serialization=True, max_shard_size=shard)
        (folder / "generation_config.json").unlink(missing_ok=True)
        config = json.loads((folder / "config.json").read_text())
        config.pop("layer_types", None)
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        prompts = rows()
        model = load(folder)
        with torch.no_grad():
            arrays = {f"logits.{n}": model(row[None]).logits[0] for n, row in enumerate(prompts)}
        write(folder, {}, arrays | {f"row.{n}": row.to(torch.int32) for n, row in enumerate(prompts)})


def main(names):
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    for name in names or FAMILIES:
        torch.manual_seed(sorted(FAMILIES).index(name))
        folder = HERE / "families" / name
        write_base(folder, *FAMILIES[name])
        numbers, largest = golden(folder)
        print(f"{name:15} loss {numbers['loss']:.4f} adapted {numbers['lora_loss']:.4f} -> {numbers['lora_curve'][-1][0]:.4f}, largest logit {largest:.2f}, model {(folder / 'model.safetensors').stat().st_size}")
    if not names:
        torch.manual_seed(99)
        variants_of_storage()
    versions = {m.__name__: m.__version__ for m in (torch, transformers, peft)}
    (HERE / "families" / "versions.json").write_text(json.dumps(versions, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
