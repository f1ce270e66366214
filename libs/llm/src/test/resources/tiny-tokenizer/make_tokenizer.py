"""Makes the tiny byte-level BPE tokenizer that the tests use: pip install tokenizers; python make_tokenizer.py

300 merges over a few sentences written for this purpose, special tokens as in hone-nano.
"""
import json
import pathlib

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SENTENCES = [
    "How do I reset my smartphone? Open the settings, choose general and then reset.",
    "The battery lasts a day. Charge the phone with the cable that came with it.",
    "The warranty covers two years. Bring the receipt to the shop where you bought the phone.",
    "To change the ringtone open the settings, choose sounds, and pick the ringtone that you like.",
] * 4
SPECIAL = ["<|endoftext|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|pad|>"]
TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)

here = pathlib.Path(__file__).parent
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=512, special_tokens=SPECIAL, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False
)
tokenizer.train_from_iterator(SENTENCES, trainer)
tokenizer.save(str(here / "tokenizer.json"))
(here / "tokenizer_config.json").write_text(
    json.dumps({"bos_token": "<|endoftext|>", "eos_token": "<|end|>", "pad_token": "<|pad|>", "chat_template": TEMPLATE}, indent=2) + "\n"
)
