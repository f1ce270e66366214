"""Compares what Hone computes from quantized directories that it wrote, and what other tools compute from them.

LayoutsForOthersTest writes a folder per case (model/, logits.json) where the system property hone.layouts.out says. Then:
    v/bin/python check_quantized.py FOLDER
Transformers loads them as they lie, in float32, so that nothing but the directory decides. With three exceptions:
  - compressed-tensors with zero points, or with a rounded embedding that is the head, too: each module is decompressed by
    compressed-tensors' own function and put into a plain model. Transformers can load neither with any of the versions
    below, whoever wrote them: 0.12.2 says so of zero points, 0.20.0 expects other shapes of them than it writes, and tying
    looks for a plain weight.
  - bitsandbytes: after loading, each Linear4bit is replaced by the values of its codes, because its own product is in bf16
    (it is 6e-3 of the largest logit away), and on CPUs 0.50.2 dequantizes rows that are no multiple of 64 to other values
    than it quantized. Blocks' absolute maxima are bitsandbytes' own.
  - GPTQ: dequantized with numpy by the formula that GPTQModel publishes and put into a plain model.
logits.json is {"rows": [[token, ...], ...], "logits": [[T*V numbers], ...]}. Ends with 1 if the logits differ by more than
a 2000th of the largest one, or a tensor of the directory is not taken. With activations rounded token by token that is a
50th: a code at a border falls to either side. compressed-tensors divides a token's largest value by 127.5, the kernels of
vLLM and Hone by 127; it is made to divide by 127 here.

Run against transformers 4.57.6 with compressed-tensors 0.20.0 and bitsandbytes 0.50.2 on torch 2.7.1, CPU; with
compressed-tensors 0.12.2 everything passes but zero points and rounded embeddings, which it does not know.
"""
import json
import pathlib
import re
import sys

import numpy as np
import torch
import transformers
from safetensors.torch import load_file

TOLERANCE = 1 / 2000
ROUNDED_ACTIVATIONS = 1 / 50


def plain_model(directory, tensors):
    """A model without any quantization, and the names that it lacks or does not know."""
    config = transformers.AutoConfig.from_pretrained(directory)
    del config.quantization_config
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").float()
    lacking = model.load_state_dict(tensors, strict=False)
    tied = {"lm_head.weight"} if config.tie_word_embeddings else set()
    return model.eval(), sorted(set(lacking.missing_keys) - tied) + sorted(lacking.unexpected_keys)


def decompressed(directory, config):
    """A plain model with the weights that compressed-tensors makes of each module's tensors."""
    from compressed_tensors.compressors import BaseCompressor
    from compressed_tensors.quantization import QuantizationScheme

    groups = [QuantizationScheme.model_validate(group) for group in config["quantization_config"]["config_groups"].values()]
    tensors = load_file(directory / "model.safetensors")
    plain = {}
    for module in sorted({name.rsplit(".", 1)[0] for name in tensors}):
        state = {name.rsplit(".", 1)[1]: tensor for name, tensor in tensors.items() if name.rsplit(".", 1)[0] == module}
        if "weight_scale" in state:
            state["weight_scale"] = state["weight_scale"].float()
            scheme = next((group for group in groups if any(re.match(target[3:], module) for target in group.targets if target.startswith("re:"))), groups[0])
            plain[module + ".weight"] = BaseCompressor.get_value_from_registry(scheme.format).decompress(state, scheme)["weight"]
            state = {name: tensor for name, tensor in state.items() if name == "bias"}
        plain.update({f"{module}.{name}": tensor.float() for name, tensor in state.items()})
    return plain_model(directory, plain)


def dequantized(model):
    """In each Linear4bit's place a Linear with the values of its codes."""
    import bitsandbytes

    for name, module in list(model.named_modules()):
        if isinstance(module, bitsandbytes.nn.Linear4bit):
            state = module.weight.quant_state
            maxima = bitsandbytes.functional.dequantize_blockwise(state.absmax, state.state2) + state.offset
            pairs = module.weight.data.flatten()
            codes = torch.stack((pairs >> 4, pairs & 15), 1).flatten().long()
            weight = (state.code[codes] * maxima.repeat_interleave(state.blocksize)).view(state.shape)
            linear = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=module.bias is not None)
            linear.weight.data = weight.float()
            if module.bias is not None:
                linear.bias.data = module.bias.data.float()
            parent, child = name.rsplit(".", 1) if "." in name else ("", name)
            setattr(model.get_submodule(parent), child, linear)
    return model


def divide_by_127():
    """Scales of a token's activations as vLLM's kernel and Hone have them."""
    import compressed_tensors.quantization.utils.helpers as helpers

    made = helpers.calculate_qparams

    def narrower(*args, **kwargs):
        scales, zero_points = made(*args, **kwargs)
        return scales * (127.5 / 127), zero_points

    helpers.calculate_qparams = narrower


def unpacked(words, bits, axis):
    """Unsigned codes of int32 words, the lowest bits first, along an axis."""
    words = np.moveaxis(words.view(np.uint32), axis, -1)
    codes = words[..., None] >> np.arange(0, 32, bits, dtype=np.uint32) & np.uint32(2**bits - 1)
    return np.moveaxis(codes.reshape(*words.shape[:-1], -1).astype(np.int64), -1, axis)


def gptq(directory, config):
    """A plain model with the weights of a GPTQ directory."""
    settings = config["quantization_config"]
    tensors = load_file(directory / "model.safetensors")
    plain = {}
    for name, tensor in tensors.items():
        module, part = name.rsplit(".", 1)
        if part == "qweight":
            codes = unpacked(tensor.numpy(), settings["bits"], 0)
            zeros = unpacked(tensors[module + ".qzeros"].numpy(), settings["bits"], 1) + (settings["checkpoint_format"] == "gptq")
            scales = tensors[module + ".scales"].numpy().astype(np.float32)
            group = tensors[module + ".g_idx"].numpy()
            assert settings["group_size"] == -1 or (group == np.arange(len(group)) // settings["group_size"]).all()
            assert not settings["sym"] or (zeros == 2 ** (settings["bits"] - 1)).all()
            plain[module + ".weight"] = torch.from_numpy((scales[group] * (codes - zeros[group])).T.astype(np.float32).copy())
        elif part not in ("qzeros", "scales", "g_idx"):
            plain[name] = tensor.float()
    return plain_model(directory, plain)


def load(directory):
    config = json.loads((directory / "config.json").read_text())
    settings = config.get("quantization_config", {})
    if settings.get("quant_method") == "gptq":
        return gptq(directory, config)
    groups = settings.get("config_groups", {})
    if not groups.get("group_0", {}).get("weights", {}).get("symmetric", True) or "group_1" in groups and config["tie_word_embeddings"]:
        return decompressed(directory, config)
    model, info = transformers.AutoModelForCausalLM.from_pretrained(directory, attn_implementation="eager", dtype=torch.float32, output_loading_info=True)
    model = dequantized(model) if settings.get("quant_method") == "bitsandbytes" else model
    return model.eval(), sorted(info["missing_keys"]) + sorted(info["unexpected_keys"]) + sorted(map(str, info["mismatched_keys"]))


def kinds(model):
    """What the first linear module of a layer is, and whether it was rounded."""
    name, module = next((n, m) for n, m in model.named_modules() if n.endswith(("q_proj", "qkv_proj")))
    return type(module).__name__ + (" with a scheme" if hasattr(module, "quantization_scheme") else "")


def check(folder):
    expected = json.loads((folder / "logits.json").read_text())
    config = json.loads((folder / "model" / "config.json").read_text()).get("quantization_config", {})
    rounded = any(group.get("input_activations") for group in config.get("config_groups", {}).values())
    try:
        model, problems = load(folder / "model")
        worst = 0.0
        with torch.no_grad():
            for row, flat in zip(expected["rows"], expected["logits"]):
                wanted = torch.tensor(flat).view(len(row), -1)
                worst = max(worst, ((model(torch.tensor([row])).logits[0].float() - wanted).abs().max() / wanted.abs().max()).item())
    except Exception as e:  # one directory that does not load should not hide the others
        print(f"FAIL {folder.name:44} {type(e).__name__}: {str(e)[:300]}")
        return False
    fine = worst <= (ROUNDED_ACTIVATIONS if rounded else TOLERANCE) and not problems
    print(f"{'ok  ' if fine else 'FAIL'} {folder.name:44} differs by {worst:.1e} of the largest logit; {kinds(model)}{'; not taken: ' + str(problems[:4]) if problems else ''}")
    return fine


def main(arguments):
    folders = sorted(f.parent for f in pathlib.Path(arguments[0]).glob("*/logits.json"))
    assert folders, f"no */logits.json in {arguments[0]}"
    transformers.logging.set_verbosity_error()
    divide_by_127()
    results = [check(folder) for folder in folders]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
