"""Compares what Hone computes with an adapter that it wrote, and what PEFT computes with the same files.

AdapterRoundTripTest writes a folder per case (base, adapter/, logits.json) where the system property
hone.adapters.out says; the base is named relative to this script. Then:
    v/bin/python check_adapters.py FOLDER
or for one case:
    v/bin/python check_adapters.py BASE ADAPTER LOGITS.json
logits.json is {"base": "families/llama", "rows": [[token, ...], ...], "logits": [[T*V numbers], ...]}. Ends with 1 if a
logit differs by more than 1e-4, if PEFT misses a tensor of the file, or the file has one that PEFT does not know.
"""
import json
import os
import pathlib
import sys

os.environ["HF_HUB_OFFLINE"] = "1"  # PEFT would ask the hub for the base by the name that the adapter gives it

import peft
import torch
import transformers
from safetensors import safe_open

HERE = pathlib.Path(__file__).parent
TOLERANCE = 1e-4


def unread(model, adapter):
    """Tensors of the file that PEFT's model does not hold with the same values, and the other way round."""
    kept = peft.get_peft_model_state_dict(model)
    with safe_open(adapter / "adapter_model.safetensors", "pt") as file:
        stored = {key: file.get_tensor(key) for key in file.keys()}
    return [key for key in kept.keys() | stored.keys() if key not in kept or key not in stored or not torch.equal(kept[key].float(), stored[key].float())]


def difference(base, adapter, expected):
    model = transformers.AutoModelForCausalLM.from_pretrained(base, attn_implementation="eager", dtype=torch.float32)
    plain = [model(torch.tensor([row])).logits.detach() for row in expected["rows"]]
    model = peft.PeftModel.from_pretrained(model, adapter).eval()
    problems = unread(model, adapter)
    worst, moved = 0.0, 0.0
    with torch.no_grad():
        for row, flat, before in zip(expected["rows"], expected["logits"], plain):
            logits = model(torch.tensor([row])).logits
            worst = max(worst, (logits[0] - torch.tensor(flat).view(len(row), -1)).abs().max().item())
            moved = max(moved, (logits - before).abs().max().item())
    return worst, moved, problems


def check(name, base, adapter, file):
    worst, moved, problems = difference(base, adapter, json.loads(file.read_text()))
    fine = worst <= TOLERANCE and moved > 100 * TOLERANCE and not problems
    print(f"{'ok  ' if fine else 'FAIL'} {name:24} differs by {worst:.1e}; the adapter moves the base's logits by {moved:.1e}{'; not the same: ' + str(problems) if problems else ''}")
    return fine


def main(arguments):
    if len(arguments) == 3:
        base, adapter, file = map(pathlib.Path, arguments)
        cases = [(adapter.name, base, adapter, file)]
    else:
        folders = sorted(f.parent for f in pathlib.Path(arguments[0]).glob("*/logits.json"))
        cases = [(f.name, HERE / json.loads((f / "logits.json").read_text())["base"], f / "adapter", f / "logits.json") for f in folders]
    assert cases, f"no */logits.json in {arguments[0]}"
    results = [check(*case) for case in cases]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
