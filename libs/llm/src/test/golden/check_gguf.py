"""Shows that others read and run the GGUF files that Hone writes.

Each model below is exported by Hone, and then
  1. read by the Python package gguf: every tensor, dequantized there and brought back into Hugging Face's order by the rules
     in this script, is as far from the model's weights as Hone says;
  2. loaded by llama.cpp, which cuts texts into the same tokens as tokenizer.json and gives Transformers' logits.

Models: hone-nano, the tiny families beside this script with a tokenizer made here, and a tiny Llama with each kind of
tokenizer that is told apart (tokenizer.ggml.pre, and pieces with bytes to fall back on).

    pip install torch transformers safetensors gguf llama-cpp-python
    python check_gguf.py --export './hone export {model} --format gguf --type {type} --json {out}'

The command has to print the relative error over all matrices under relative_error. Last run with gguf 0.19.0 and
llama-cpp-python 0.3.36, Transformers 4.57.6.
"""
import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import gguf
import llama_cpp
import numpy as np
import torch
import transformers
from safetensors import safe_open
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent
NANO = HERE.parents[4] / 'models' / 'hone-nano'
TYPES = ['f16', 'bf16', 'q8_0', 'q4_0', 'q5_0', 'q4_k', 'q5_k', 'q6_k']
TEXTS = ['Hello world', " It's 2024, isn't it?  Yes: 12345 items!", 'Grüße, naïve café ☕ 你好 \t\n\n tabs', 'def f(x):\n    return x**2  # sq', 'I\'LL we\'ve  a\n \n b',
         'x = [1,2,3];\r\nprint("ok")...', '<|user|>What is it?<|end|><|assistant|>', '<|user|> Hi there <|end|>\n<|assistant|>  yes', '   leading and trailing   ']
CORPUS = [f'{a} {b} {c}' for a in ('the cat', 'a dog', 'It\'s 12', 'nobody', 'return x') for b in ('sat on', 'saw', 'will not', '= [1, 2]', 'didn\'t')
          for c in ('a mat.', 'the 345 trees', 'Grüße', 'café!', '\n\n  def f(x):')]
failures = []


def check(name, ok, text):
    print(('ok   ' if ok else 'FAIL ') + f'{name:28s} {text}', flush=True)
    if not ok:
        failures.append(name)


def export(command, model, kind, out):
    run = subprocess.run(command.format(model=model, type=kind, out=out), shell=True, capture_output=True, text=True)
    said = re.search(r'relative_error"?[=:] *([0-9.eE+-]+)', run.stdout)
    if run.returncode != 0 or not said or not out.exists():
        sys.exit(f'The export of {model} as {kind} failed:\n{run.stdout}\n{run.stderr}')
    return float(said.group(1)), [line for line in run.stdout.splitlines() if line.startswith('note')]


def weights(model):
    found = {}
    for file in sorted(Path(model).glob('model*.safetensors')):
        with safe_open(file, 'pt') as tensors:
            found.update({name: tensors.get_tensor(name).double().numpy() for name in tensors.keys()})
    return found


def in_file(config, name, w):
    """A weight in a GGUF file's order, by llama.cpp's converters."""
    family = config['model_type']
    heads = config['num_attention_heads']
    if family in ('llama', 'mistral', 'smollm3') and re.search(r'[qk]_proj\.', name):
        n = heads if 'q_proj' in name else config.get('num_key_value_heads', heads)
        w = w.reshape(n, 2, w.shape[0] // n // 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)
    if family.startswith('gemma'):
        if name.endswith('norm.weight'):
            w = w + 1
        # llama.cpp scales scores by the width of a head, the model by query_pre_attn_scalar
        if re.search('q_proj' if family == 'gemma2' else 'q_norm', name):
            w = w * np.sqrt(config['head_dim'] / config.get('query_pre_attn_scalar', 256))
    return w


def read_back(model, file, said, kind, label):
    config = json.loads((model / 'config.json').read_text())
    reader = gguf.GGUFReader(file)
    arch = bytes(reader.fields['general.architecture'].parts[-1]).decode()
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH[arch.upper()], config['num_hidden_layers'])
    tensors = {t.name: t for t in reader.tensors}
    lost = whole = 0.0
    matched = set()
    for name, w in weights(model).items():
        if name == 'lm_head.weight' and config.get('tie_word_embeddings', arch in ('gemma2', 'gemma3', 'smollm3')):
            continue
        mapped = names.get_name(name, try_suffixes=('.weight', '.bias'))
        tensor = tensors[mapped]
        matched.add(mapped)
        back = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float64).reshape(w.shape)
        w = in_file(config, name, w).astype(np.float32).astype(np.float64)
        if w.ndim > 1:
            lost += ((w - back) ** 2).sum()
            whole += (w ** 2).sum()
        elif not np.array_equal(w, back) and np.abs(w - back).max() > 1e-6:
            check(label, False, f'{name} changed')
    extra = set(tensors) - matched
    check(label, abs(lost / whole - said) <= 1e-6 * said + 1e-12 and extra <= {'rope_freqs.weight'},
          f'read by gguf: error {lost / whole:.4e}, Hone says {said:.4e}; {len(tensors)} tensors {sorted(extra)}')


def logits(llm, ids):
    llm.reset()
    llm.eval(ids)
    return np.array(llm.scores[:len(ids)])


def load(file, context, batch=None):
    return llama_cpp.Llama(str(file), n_ctx=context, n_threads=1, logits_all=True, verbose=False, n_batch=batch or context)


def kl(p, q):
    p = p - p.max(-1, keepdims=True)
    q = q - q.max(-1, keepdims=True)
    p -= np.log(np.exp(p).sum(-1, keepdims=True))
    q -= np.log(np.exp(q).sum(-1, keepdims=True))
    return float((np.exp(p) * (p - q)).sum(-1).mean())


def same_tokens(llm, tokenizer, label):
    wrong = [text for text in TEXTS if llm.tokenize(text.encode(), add_bos=False, special=True) != tokenizer.encode(text, add_special_tokens=False).ids]
    whole = [text for text in TEXTS if llm.tokenize(text.encode(), add_bos=True, special=True) != tokenizer.encode(text).ids]
    check(label, not wrong and not whole, f'{len(TEXTS)} texts become the same tokens' + (f' except {wrong + whole}' if wrong + whole else ''))


def run_logits(file, model, length, label, tolerance, batch=None):
    reference = transformers.AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32, attn_implementation='eager').eval()
    vocabulary = reference.config.vocab_size
    llm = load(file, 64, batch)
    worst = same = total = 0
    for row in range(4):
        ids = np.random.default_rng(row).integers(6, vocabulary, length).tolist()
        with torch.no_grad():
            want = reference(torch.tensor([ids])).logits[0].double().numpy()
        got = logits(llm, ids)[:, :vocabulary]
        divergence = kl(want, got.astype(np.float64))
        worst = divergence if not divergence <= worst else worst
        same += (want.argmax(-1) == got.argmax(-1)).sum()
        total += length
    check(label, worst <= tolerance, f'llama.cpp: mean KL divergence {worst:.2e}, same top token {100 * same / total:.1f} %')


def nano(command, work):
    tokenizer = Tokenizer.from_file(str(NANO / 'tokenizer.json'))
    reference = transformers.AutoModelForCausalLM.from_pretrained(NANO, dtype=torch.float32).eval()
    prompts = ['<|user|>What is the capital of France?<|end|><|assistant|>', 'Once upon a time', 'The sum of 2 and 3 is', 'def add(a, b):']
    for kind in TYPES:
        file = work / f'hone-nano-{kind}.gguf'
        said, notes = export(command, NANO, kind, file)
        read_back(NANO, file, said, kind, f'hone-nano {kind}')
        llm = load(file, 256)
        if kind == 'f16':
            same_tokens(llm, tokenizer, 'hone-nano tokens')
        greedy, divergence = 0, 0.0
        for prompt in prompts:
            ids = tokenizer.encode(prompt).ids
            with torch.no_grad():
                want = reference.generate(torch.tensor([ids]), max_new_tokens=32, do_sample=False, eos_token_id=None, pad_token_id=5)[0].tolist()
                full = reference(torch.tensor([want])).logits[0].double().numpy()
            got = logits(llm, want).astype(np.float64)
            divergence += kl(full, got) / len(prompts)
            greedy += sum(int(got[i - 1].argmax() == want[i]) for i in range(len(ids), len(want)))
        limit = {'f16': 1e-5, 'bf16': 1e-5, 'q8_0': 1e-3}.get(kind, 0.1)
        check(f'hone-nano {kind}', divergence <= limit, f'llama.cpp: mean KL divergence {divergence:.2e}, {greedy} of {32 * len(prompts)} greedy tokens the same, '
              f'{file.stat().st_size:,} bytes' + (f' {notes}' if notes else ''))


def tiny_tokenizer(size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(['aa bb ab'], trainers.BpeTrainer(vocab_size=size, show_progress=False))
    return tokenizer


def families(command, work, only=''):
    for directory in sorted((HERE / 'families').glob(only + '*')):
        if not (directory / 'config.json').exists():
            continue
        model = work / directory.name
        shutil.copytree(directory, model, ignore=shutil.ignore_patterns('adapter', 'golden*'))
        config = json.loads((model / 'config.json').read_text())
        if config['model_type'] == 'smollm3':
            # the golden one leaves the rotation out of other layers than llama.cpp does
            config.pop('no_rope_layers', None)
            config['no_rope_layer_interval'] = 4
        config['architectures'] = [c for c in (config.get('architectures') or ['LlamaForCausalLM'])]
        (model / 'config.json').write_text(json.dumps(config))
        tiny_tokenizer(config['vocab_size']).save(str(model / 'tokenizer.json'))
        windows = config['model_type'] not in ('gemma2', 'gemma3_text') and config.get('sliding_window') and config.get('use_sliding_window', True)
        for kind in ('f32', 'q8_0'):
            file = work / f'{directory.name}-{kind}.gguf'
            said, _ = export(command, model, kind, file)
            read_back(model, file, said, kind, f'{directory.name} {kind}')
            # one token after the other: with matrices as narrow as these, llama.cpp's own quantized files give no numbers in batches
            run_logits(file, model, 8 if windows else 48, f'{directory.name} {kind}', 1e-5 if kind == 'f32' else 1e-2, None if kind == 'f32' else 1)


def byte_level(expression, whole, digits=False):
    tokenizer = Tokenizer(models.BPE(ignore_merges=whole))
    if digits:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    elif expression:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(expression), 'isolated'), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=500, show_progress=False, special_tokens=['<|begin|>', '<|end|>'],
                                                              initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.add_special_tokens(['<|user|>', '<|assistant|>'])
    return tokenizer


def pieces(prepend, swallow=False):
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token='<unk>', fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence(([normalizers.Prepend('\u2581')] if prepend else []) + [normalizers.Replace(' ', '\u2581')])
    special = ['<unk>', '<s>', '</s>']
    tokenizer.train_from_iterator([line.replace('\n', ' ') for line in CORPUS], trainers.BpeTrainer(vocab_size=700, show_progress=False, special_tokens=special + [f'<0x{n:02X}>' for n in range(256)]))
    state = json.loads(tokenizer.to_str())
    state['added_tokens'] = [t for t in state['added_tokens'] if not t['content'].startswith('<0x')]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.post_processor = processors.TemplateProcessing(single='<s> $A', pair='<s> $A <s> $B', special_tokens=[('<s>', 1)])
    tokenizer.decoder = decoders.Sequence([decoders.Replace('\u2581', ' '), decoders.ByteFallback(), decoders.Fuse()])
    # Phi-3's swallow the white space after them
    tokenizer.add_special_tokens([AddedToken(token, rstrip=swallow, special=True) for token in ('<|user|>', '<|end|>', '<|assistant|>') + (('</s>',) if swallow else ())])
    tokenizer.add_special_tokens(['<|endoftext|>'])
    return tokenizer


def tokenizers(command, work):
    rest = r'| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+'
    words = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
    tekken = (r'[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*'
              r'|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+')
    kinds = {
        'gpt-2': byte_level(None, False), 'smollm': byte_level(None, False, True), 'llama-bpe': byte_level(words + r'\p{N}{1,3}' + rest, True),
        'dbrx': byte_level(words + r'\p{N}{1,3}' + rest, False), 'qwen2': byte_level(words + r'\p{N}' + rest, False), 'tekken': byte_level(tekken, True),
        'llama with ▁': pieces(True), 'gemma': pieces(False), 'like phi': pieces(True, True)}
    for kind, tokenizer in kinds.items():
        model = work / ('tokenizer-' + kind.replace(' ', '-'))
        config = transformers.LlamaConfig(vocab_size=tokenizer.get_vocab_size() + 3, hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
                                          num_key_value_heads=2, bos_token_id=1, eos_token_id=2)
        transformers.LlamaForCausalLM(config).save_pretrained(model)
        tokenizer.save(str(model / 'tokenizer.json'))
        begins = tokenizer.token_to_id('<s>') is not None
        names = {'bos_token': '<s>', 'eos_token': '</s>', 'unk_token': '<unk>'} if begins else {'bos_token': '<|begin|>', 'eos_token': '<|end|>'}
        (model / 'tokenizer_config.json').write_text(json.dumps(names))
        file = work / f'{model.name}.gguf'
        _, notes = export(command, model, 'f16', file)
        fields = gguf.GGUFReader(file).fields
        pre = bytes(fields['tokenizer.ggml.pre'].parts[-1]).decode()
        check(kind, pre == kind or begins and pre == 'default', f'tokenizer.ggml.pre is {pre} {notes}')
        same_tokens(load(file, 64), tokenizer, kind)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--export', required=True, help='command with {model}, {type} and {out}')
    parser.add_argument('--only', choices=['nano', 'families', 'tokenizers'])
    given = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        for part in (nano, families, tokenizers):
            if given.only in (None, part.__name__):
                part(given.export, Path(folder))
    print(f'{len(failures)} failures' + (f': {failures}' if failures else ''))
    sys.exit(bool(failures))
