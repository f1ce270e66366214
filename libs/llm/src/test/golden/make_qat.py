"""Writes qat/: losses, gradients and curves of training with rounded weights and activations, on families/.

The build never runs this. To renew the files, after make_families.py:
    python -m venv v && v/bin/pip install torch==2.7.1 'transformers<5' peft
    v/bin/python make_qat.py
The versions that wrote the committed files are those of families/versions.json.

Rounding is written out here with PyTorch's autograd, over Transformers' model: nothing is shared with the program it checks.
Per case: golden.json (base, the FakeQuantization in its own words, loss, curve) and golden.safetensors (grad.NAME: of an adapter
all, of whole weights the last layer's, the embedding's and the head's).
"""
import torch
from safetensors.torch import load_file

from make_families import HERE, LABELLED_FROM, curve, load, padded, write

QAT = HERE / "qat"
LAYER_MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")

# name: (base family, whether an adapter learns, weight bits, group, activation bits, whether the embedding is rounded)
CASES = {
    "full_int4": ("llama", False, 4, 16, 0, False),
    "full_int4_channel_embedding": ("llama_tied", False, 4, -1, 0, True),
    "full_w4a8": ("llama", False, 4, 8, 8, False),
    "full_int8": ("llama", False, 8, -1, 0, False),
    "full_w8a8": ("llama", False, 8, -1, 8, False),
    "lora_int4": ("llama", True, 4, 16, 0, False),
    "lora_w4a8": ("llama", True, 4, 16, 8, True),
    "lora_w8a8": ("qwen2", True, 8, -1, 8, False),
}


class Rounded(torch.autograd.Function):
    """x to scale * code. Gradients pass as if x had not been rounded, and not at all where its code would lie outside (torchao)."""

    @staticmethod
    def forward(ctx, x, scale, lowest, highest):
        code = torch.round(x / scale)
        ctx.save_for_backward((code >= lowest) & (code <= highest))
        return code.clamp(lowest, highest) * scale

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0], None, None, None


def rounded(x, bits, group=-1, bf16=True):
    """Symmetric, a scale for every `group` values of a row."""
    groups = x.reshape(-1, group if group > 0 else x.shape[-1])
    with torch.no_grad():
        scale = groups.abs().amax(1, keepdim=True) / (7.5 if bits == 4 else 127)
        scale = scale.bfloat16().float() if bf16 else scale
    lowest, highest = (-8, 7) if bits == 4 else (-127, 127)
    return Rounded.apply(groups, scale, lowest, highest).view(x.shape)


def prepare(model, adapter, weight_bits, group, activation_bits, embedding):
    """Gives every linear module of the layers a forward that rounds; returns what learns, by name."""
    learning = {}
    for name, module in model.named_modules():
        if name.endswith(LAYER_MODULES):
            pair = None
            if adapter is not None:
                pair = [torch.nn.Parameter(adapter[f"base_model.model.{name}.lora_{x}.weight"].clone()) for x in "AB"]
                learning |= {f"{name}.lora_A": pair[0], f"{name}.lora_B": pair[1]}

            def forward(x, module=module, pair=pair):
                w = module.weight if pair is None else module.weight.detach() + 2.0 * (pair[1] @ pair[0])
                w = rounded(w, weight_bits, group, bf16=weight_bits == 4 or activation_bits == 0)
                x = rounded(x, 8, bf16=False) if activation_bits else x
                return torch.nn.functional.linear(x, w, module.bias)

            module.forward = forward
    if embedding:
        table = model.model.embed_tokens
        tied = model.lm_head.weight is table.weight
        table.forward = lambda ids: torch.nn.functional.embedding(ids, rounded(table.weight, 8))
        if tied:
            model.lm_head.forward = lambda x: torch.nn.functional.linear(x, rounded(table.weight, 8))
    return learning if adapter is not None else {n.removesuffix(".weight"): p for n, p in model.named_parameters()}


def case(name, base, lora, weight_bits, group, activation_bits, embedding):
    folder = QAT / name
    folder.mkdir(exist_ok=True)
    family = HERE / "families" / base
    arrays = load_file(family / "golden.safetensors")
    batch, labels, _ = padded([arrays[f"row.{n}"].long() for n in range(3)], "right")
    model = load(family)
    model.requires_grad_(not lora)
    adapter = load_file(family / "adapter" / "adapter_model.safetensors") if lora else None
    learning = prepare(model, adapter, weight_bits, group, activation_bits, embedding)
    loss = model(**batch, labels=labels).loss
    loss.backward()
    kept = [n for n in learning if lora or n.startswith(("model.layers.1.", "model.embed_tokens", "lm_head"))]
    gradients = {"grad." + n: learning[n].grad.clone() for n in kept}
    # neither Adam, where a nearly zero gradient's direction would be that of its last digits, nor large steps, which would make
    # much of the codes that those digits decide
    optimizer = torch.optim.SGD(learning.values(), lr=0.03)
    numbers = {"base": base, "labelled_from": LABELLED_FROM, "lora": lora, "loss": loss.item(),
               "fake_quantization": {"weight_bits": weight_bits, "group": group, "activation_bits": activation_bits, "embedding": embedding},
               "curve": curve(optimizer, list(learning.values()), lambda: model(**batch, labels=labels).loss)}
    write(folder, numbers, gradients)
    return numbers


def main():
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    QAT.mkdir(exist_ok=True)
    for name, values in CASES.items():
        numbers = case(name, *values)
        print(f"{name:30} {numbers['loss']:.4f} -> {numbers['curve'][-1][0]:.4f}")


if __name__ == "__main__":
    main()
