"""Writes gguf.safetensors and gguf.json beside this script: what ggml, the library under llama.cpp, makes of some tensors.

gguf.safetensors holds, for each type of block, blocks of random bytes and the values that ggml reads from them, which pins
the layout bit for bit; and the tensors below with an importance for each of their columns. gguf.json holds the error
Σ h·(w − w')² / Σ h·w² of ggml's own rounding of these tensors: h is 1 for "plain", and the importance where ggml was given it.

The build never runs this. To renew the files:
    pip install torch safetensors llama-cpp-python
    python make_gguf.py
The version that wrote the committed files stands in gguf.json.
"""
import ctypes
import json
from pathlib import Path

import llama_cpp
import numpy as np
import torch
from safetensors.torch import load_file, save_file

HERE = Path(__file__).parent
NANO = HERE.parents[4] / 'models' / 'hone-nano' / 'model.safetensors'
ggml = ctypes.CDLL(str(next((Path(llama_cpp.__file__).parent / 'lib').glob('libggml-base.*'))))
ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
ggml.ggml_quantize_chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p]
# number, values and bytes of a block, where its f16 numbers lie
TYPES = {'Q8_0': (8, 32, 34, [0]), 'Q4_0': (2, 32, 18, [0]), 'Q5_0': (6, 32, 22, [0]), 'Q4_K': (12, 256, 144, [0, 2]), 'Q5_K': (13, 256, 176, [0, 2]), 'Q6_K': (14, 256, 210, [208])}
random = np.random.default_rng(4)


def dequantized(kind, data, shape):
    values = np.empty(shape, np.float32)
    function = getattr(ggml, 'dequantize_row_' + kind.lower().replace('_k', '_K'))
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    function(data.ctypes.data, values.ctypes.data, values.size)
    return values


def quantized(kind, x, h):
    number, values, size, _ = TYPES[kind]
    data = np.zeros(x.size // values * size, np.uint8)
    assert ggml.ggml_quantize_chunk(number, x.ctypes.data, data.ctypes.data, 0, *x.shape, None if h is None else h.ctypes.data) == data.size
    return data


def tensors():
    shape = (8, 512)
    normal = lambda: random.standard_normal(shape)
    outliers = normal() * 0.02
    outliers[:, ::64] *= 20
    nano = load_file(NANO)
    found = {
        'gaussian': normal() * 0.02, 'heavy_tailed': random.standard_t(3, shape) * 0.02, 'outliers': outliers, 'positive': random.uniform(0, 1, shape),
        'small': normal() * 1e-4, 'sparse': normal() * (random.random(shape) < 0.1), 'constant': np.full(shape, -0.37),
        'hone_nano_q': nano['model.layers.2.self_attn.q_proj.weight'][:16].float().numpy(), 'hone_nano_up': nano['model.layers.3.mlp.up_proj.weight'][:16].float().numpy(),
        'hone_nano_embedding': nano['model.embed_tokens.weight'][100:116].float().numpy()}
    return {name: np.ascontiguousarray(x, np.float32) for name, x in found.items()}


def error(x, back, h):
    x = x.astype(np.float64)
    return float((h * (x - back) ** 2).sum() / (h * x ** 2).sum())


golden, errors = {}, {}
for kind, (_, values, size, halves) in TYPES.items():
    blocks = random.integers(0, 256, (6, size), dtype=np.uint8)
    for at in halves:
        blocks[:, at:at + 2] = (random.standard_normal(6) * 0.01).astype(np.float16).view(np.uint8).reshape(6, 2)
    golden[f'{kind}.bytes'] = torch.from_numpy(blocks.reshape(-1).copy())
    golden[f'{kind}.values'] = torch.from_numpy(dequantized(kind, np.ascontiguousarray(blocks.reshape(-1)), 6 * values))
for name, x in tensors().items():
    h = np.exp(random.standard_normal(x.shape[1])).astype(np.float32)
    golden[f'{name}.weights'] = torch.from_numpy(x)
    golden[f'{name}.importance'] = torch.from_numpy(h)
    errors[name] = {kind: {'plain': error(x, dequantized(kind, quantized(kind, x, None), x.shape), np.ones_like(h)),
                           'importance': error(x, dequantized(kind, quantized(kind, x, h), x.shape), h)} for kind in TYPES}
save_file(golden, HERE / 'gguf.safetensors')
(HERE / 'gguf.json').write_text(json.dumps({'versions': {'llama-cpp-python': llama_cpp.__version__}, 'errors': errors}, indent=1) + '\n')
