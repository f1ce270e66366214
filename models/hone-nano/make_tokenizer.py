"""Trains the byte-level BPE tokenizer of hone-nano. Needs `pip install tokenizers`; run it after make_corpus.py.

    python make_tokenizer.py --documents OUT/documents.jsonl --output tokenizer.json
"""
import argparse
import json
import re
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIAL = ["<|endoftext|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|pad|>"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--documents", type=Path, required=True)
    arguments.add_argument("--output", type=Path, default=Path(__file__).with_name("tokenizer.json"))
    arguments.add_argument("--vocabulary", type=int, default=4096)
    options = arguments.parse_args()

    tokenizer = Tokenizer(models.BPE(byte_fallback=False))
    # Single digits: a vocabulary this small should not be spent on numbers.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=options.vocabulary, special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    marks = re.compile("|".join(re.escape(s) for s in SPECIAL))
    with options.documents.open(encoding="utf-8") as lines:
        texts = [part for line in lines for part in marks.split(json.loads(line)["text"]) if part]
    tokenizer.train_from_iterator(texts, trainer)
    assert [tokenizer.token_to_id(s) for s in SPECIAL] == list(range(len(SPECIAL)))
    assert tokenizer.get_vocab_size() == options.vocabulary
    tokenizer.save(str(options.output), pretty=False)
    print(f"{options.output}: {tokenizer.get_vocab_size()} tokens")


if __name__ == "__main__":
    main()
