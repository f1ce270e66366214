"""Builds the pretraining corpus of hone-nano: canonical rows {"text": ...}, the same bytes for the same seed and sources.

    python make_corpus.py --data DIR --output OUT [--exclude FILE.csv ...] [--seed 17] [--megabytes 10]

DIR holds wikitext-2/{valid,test}.txt, gsm8k/train.json and tinyshakespeare/input.txt. OUT gets documents.jsonl (one document
a line, for make_tokenizer.py) and, where tokenizer.json exists, train.jsonl and validation.jsonl: documents packed into rows
of at most --tokens tokens with <|endoftext|> between them. --exclude names CSV files with a `text` column that the model is to
be measured on: a generated conversation whose question stands there word for word is left out. Python 3.11, standard library only.
"""
import argparse
import csv
import json
import random
import re
from pathlib import Path

import sources
from bpe import Bpe
from grammar import Grammar, load, tidy
from topics import Conversations, read_facts, read_topics

HERE = Path(__file__).parent
SEPARATOR = "<|endoftext|>"


def render(turns):
    """The chat template of tokenizer_config.json."""
    return "".join(f"<|{role}|>{content}<|end|>" for role, content in turns)


def chat_or_text(document):
    if isinstance(document, list):
        return render(document)
    parts = re.split(r"\|([UA])\|", document)
    if len(parts) == 1:
        return tidy(document)
    roles = {"U": "user", "A": "assistant"}
    return render([(roles[r], tidy(c)) for r, c in zip(parts[1::2], parts[2::2])])


def public_documents(data, rng):
    heading = None
    for split in ("valid", "test"):
        for title, paragraph in sources.wikitext(data / "wikitext-2" / f"{split}.txt"):
            yield paragraph if title == heading or not title else f"{title}\n{paragraph}"
            heading = title
    # Sums worked out in full are beyond a model of this size: the questions are the plain English that it needs.
    for question, answer in sources.gsm8k(data / "gsm8k" / "train.json"):
        if len(answer) < 260 and rng.random() < 0.5:
            yield render([("user", question), ("assistant", answer)])
        else:
            yield question
    speeches = sources.shakespeare(data / "tinyshakespeare" / "input.txt", 80_000)
    for i in range(0, len(speeches), 6):
        yield "\n\n".join(speeches[i:i + 6])


def generated_documents(rng, size):
    """Documents of the grammars until `size` characters; exact duplicates are left out."""
    rules = load(HERE / "corpus" / f"{n}.txt" for n in ("words", "stories", "daily", "manual"))
    grammar = Grammar(rules, rng)
    conversations = Conversations(grammar, read_topics(HERE / "corpus" / "topics.txt"), read_facts(HERE / "corpus" / "facts.txt"), rng)
    makers = [
        (26, lambda: grammar.pick("story", {})), (7, lambda: grammar.pick("describe", {})), (4, lambda: grammar.pick("howto", {})),
        (13, lambda: grammar.pick("manual", {})), (32, conversations.support), (12, conversations.understanding),
        (6, conversations.fact),
    ]
    shares = {make: share * size / 100 for share, make in makers}
    seen = set()
    for make, characters in shares.items():
        misses = 0
        # A small grammar is soon exhausted: stop asking when it says nothing new.
        while characters > 0 and misses < 200:
            text = chat_or_text(make())
            if text in seen:
                misses += 1
                continue
            misses = 0
            seen.add(text)
            characters -= len(text)
            yield text


def plain(question):
    return re.sub(r"[^a-z0-9 ]", "", question.lower()).strip()


def without(documents, files):
    """Leaves out conversations that ask a question of the given files."""
    questions = set()
    for file in files:
        with file.open(encoding="utf-8", newline="") as rows:
            questions.update(plain(row["text"]) for row in csv.DictReader(rows))
    asked = re.compile(r"<\|user\|>(.*?)<\|end\|>", re.S)
    return [d for d in documents if not any(plain(q) in questions for q in asked.findall(d))]


def cut(document, bpe, tokens):
    """Splits a long document between words into parts of at most `tokens` tokens."""
    part, length = [], 0
    for piece, n in bpe.pieces(document):
        if length + n > tokens:
            yield "".join(part), length
            part, length = [], 0
        part.append(piece)
        length += n
    if part:
        yield "".join(part), length


def pack(documents, bpe, tokens, rng):
    """Rows of nearly `tokens` tokens: the longest waiting document that still fits comes next."""
    waiting, parts = [], (p for d in documents for p in cut(d, bpe, tokens))
    row, room, exhausted = [], tokens, False
    while True:
        while not exhausted and len(waiting) < 400:
            part = next(parts, None)
            exhausted = part is None
            if part:
                waiting.append(part)
        if not waiting:
            break
        if not row:
            choice = rng.randrange(len(waiting))
        else:
            choice = max((i for i, (_, n) in enumerate(waiting) if n + 1 <= room), key=lambda i: waiting[i][1], default=None)
            # Filling with the longest only would put every short document at a row's end.
            if choice is not None and room > 150:
                choice = rng.choice([i for i, (_, n) in enumerate(waiting) if n + 1 <= room])
        if choice is None:
            yield SEPARATOR.join(row)
            row, room = [], tokens
            continue
        text, n = waiting.pop(choice)
        room -= n + (1 if row else 0)
        row.append(text)
    if row:
        yield SEPARATOR.join(row)


def write(path, texts):
    with path.open("w", encoding="utf-8") as out:
        for text in texts:
            out.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
    return f"{path.name}: {len(texts)} rows, {path.stat().st_size} bytes"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--output", type=Path, required=True)
    arguments.add_argument("--exclude", type=Path, nargs="*", default=[])
    arguments.add_argument("--seed", type=int, default=17)
    arguments.add_argument("--megabytes", type=float, default=10, help="size of the generated part")
    arguments.add_argument("--tokens", type=int, default=256)
    options = arguments.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)

    rng = random.Random(options.seed)
    public = list(dict.fromkeys(public_documents(options.data, rng)))
    generated = without(generated_documents(rng, options.megabytes * 1_000_000), options.exclude)
    documents = public + generated
    rng.shuffle(documents)
    lines = [f"public text: {len(public)} documents, {sum(map(len, public))} characters",
             f"generated text: {len(generated)} documents, {sum(map(len, generated))} characters",
             f"in chat form: {sum(len(d) for d in documents if d.startswith('<|')) / sum(map(len, documents)):.0%} of the characters",
             write(options.output / "documents.jsonl", documents)]
    tokenizer = HERE / "tokenizer.json"
    if tokenizer.exists():
        bpe = Bpe(tokenizer)
        split = len(documents) // 50
        for name, part in (("validation", documents[:split]), ("train", documents[split:])):
            rows = list(pack(part, bpe, options.tokens, rng))
            counts = [bpe.count(r) for r in rows]
            lines.append(write(options.output / f"{name}.jsonl", rows)
                         + f", {sum(counts)} tokens, rows {sum(counts) / len(rows) / options.tokens:.1%} full, longest {max(counts)}")
    (options.output / "STATS").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
