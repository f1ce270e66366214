"""Trains LoRA or QLoRA with Transformers, PEFT and bitsandbytes on a CPU or a CUDA GPU, and prints one JSON line: tokens per second, peak
memory, losses. What it is told on the command line is what `hone bench train` is told, so that both do the same work.

Versions: pip install torch==2.7.1 'transformers<5' peft bitsandbytes
"""
import argparse
import json
import pathlib
import resource
import statistics
import time

import torch
import transformers
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from tokenizers import Tokenizer

SHAPES = {
    "random-110m": dict(hidden_size=768, intermediate_size=2048, num_hidden_layers=12, num_attention_heads=12, num_key_value_heads=12, tie_word_embeddings=True),
    "random-1.1b": dict(hidden_size=2048, intermediate_size=5632, num_hidden_layers=22, num_attention_heads=32, num_key_value_heads=4, tie_word_embeddings=False),
}


def make(shape, directory, tokenizer):
    """A random model of a shape as a Hugging Face directory in bf16."""
    torch.manual_seed(1)
    config = transformers.LlamaConfig(vocab_size=32000, max_position_embeddings=2048, rms_norm_eps=1e-5, rope_theta=10000.0, **SHAPES[shape])
    model = transformers.LlamaForCausalLM(config).to(torch.bfloat16)
    model.save_pretrained(directory, safe_serialization=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (pathlib.Path(directory) / name).write_bytes((pathlib.Path(tokenizer) / name).read_bytes())


def documents(path, tokenizer, limit):
    """The token ids of each row: raw text, or question and answer run together."""
    for line in pathlib.Path(path).read_text().splitlines():
        row = json.loads(line)
        text = row["text"] if "text" in row else "\n".join(m["content"] for m in row["messages"])
        yield tokenizer.encode(text, add_special_tokens=False).ids[:limit]


def batches(arguments):
    """Full blocks of running text, or rows padded to the longest of their batch: (ids, labels, real tokens)."""
    tokenizer = Tokenizer.from_file(str(pathlib.Path(arguments.model) / "tokenizer.json"))
    size, length = arguments.batch, arguments.sequence
    if arguments.padded:
        rows = list(documents(arguments.data, tokenizer, length))
        generator = torch.Generator().manual_seed(42)
        while True:
            order = torch.randperm(len(rows), generator=generator).tolist()
            for at in range(0, len(order) - size, size):
                picked = [rows[i] for i in order[at:at + size]]
                width = max(map(len, picked))
                ids = torch.tensor([row + [0] * (width - len(row)) for row in picked])
                mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in picked])
                yield ids, mask, ids.masked_fill(mask == 0, -100), int(mask.sum())
    stream = [token for row in documents(arguments.data, tokenizer, 1 << 30) for token in row]
    blocks = [stream[i:i + length] for i in range(0, len(stream) - length, length)]
    at = 0
    while True:
        ids = torch.tensor([blocks[(at + i) % len(blocks)] for i in range(size)])
        at += size
        yield ids, torch.ones_like(ids), ids, ids.numel()


def load(arguments, device):
    quantized = arguments.method == "qlora"
    options = dict(torch_dtype=torch.bfloat16, device_map=device)
    if quantized:
        options["quantization_config"] = transformers.BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=torch.bfloat16)
    model = transformers.AutoModelForCausalLM.from_pretrained(arguments.model, **options)
    model.config.use_cache = False
    if quantized:
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=True, gradient_checkpointing_kwargs={"use_reentrant": False})
    elif arguments.checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
        model.enable_input_require_grads()
    return get_peft_model(model, LoraConfig(r=arguments.rank, lora_alpha=2 * arguments.rank, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--make", choices=SHAPES, help="write a random model of this shape to --model and end")
    parser.add_argument("--tokenizer")
    parser.add_argument("--data")
    parser.add_argument("--method", choices=["lora", "qlora"], default="lora")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--sequence", type=int, default=512)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--padded", action="store_true", help="rows as they are, padded, instead of full blocks")
    parser.add_argument("--autocast", action="store_true", help="as Trainer(bf16=True) does")
    parser.add_argument("--checkpointing", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.make:
        make(arguments.make, arguments.model, arguments.tokenizer)
        return
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = load(arguments, device)
    model.train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4, weight_decay=0.0, fused=True)
    losses, speeds = [], []
    source = batches(arguments)
    for _ in range(arguments.steps):
        ids, mask, labels, real = next(source)
        began = time.perf_counter()
        with torch.autocast(device, torch.bfloat16, enabled=arguments.autocast):
            loss = model(input_ids=ids.to(device), attention_mask=mask.to(device), labels=labels.to(device)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        speeds.append(real / (time.perf_counter() - began))
    peak = torch.cuda.max_memory_allocated() if device == "cuda" else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"tool": "peft", "method": arguments.method, "device": device, "tokens_per_second": round(statistics.median(speeds[2:]), 1),
                      "peak_bytes": peak, "losses": [round(x, 4) for x in losses]}))


main()
