"""Mixes broken rows of ten kinds into a good CSV file, to see that each is reported and none stops a run.

    python3 examples/make_broken_csv.py GOOD.csv BROKEN.csv --prompt text --completion category [--broken 500] [--seed 17]

Prints how many rows of each kind were written. Python 3.11, standard library only.
"""
import argparse
import collections
import csv
import io
import random
from pathlib import Path

# Each kind: what it does to the row (prompt, completion), as bytes without the line's end.
KINDS = {
    "missing column": lambda p, c, r: csv_line([p]),
    "extra column": lambda p, c, r: csv_line([p, c, "one more"]),
    "empty prompt": lambda p, c, r: csv_line([r.choice(["", "   ", "\t"]), c]),
    "empty completion": lambda p, c, r: csv_line([p, r.choice(["", "   ", "\t"])]),
    "bad UTF-8": lambda p, c, r: csv_line([p, c]).replace(b" ", r.choice([b" \xff", b" \xc3(", b" \xe2\x82 "]), 1),
    "unclosed quote": lambda p, c, r: b'"' + p.replace('"', "").encode() + b"," + csv_line([c]),
    "text after a closing quote": lambda p, c, r: b'"' + p.replace('"', "").encode() + b'" and more,' + csv_line([c]),
    "too long": lambda p, c, r: csv_line([" ".join([p] * 400), c]),
    "NUL character": lambda p, c, r: csv_line([p, c]).replace(b" ", b" \x00", 1),
    "special token": lambda p, c, r: csv_line([p + " <|end|>", c]),
}


def csv_line(fields):
    # The writer quotes a line end only if it is its own: "" as terminator would leave fields of several lines open.
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(fields)
    return out.getvalue().removesuffix("\n").encode()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("good", type=Path)
    arguments.add_argument("broken_file", type=Path)
    arguments.add_argument("--prompt", default="text")
    arguments.add_argument("--completion", default="category")
    arguments.add_argument("--broken", type=int, default=500)
    arguments.add_argument("--seed", type=int, default=17)
    options = arguments.parse_args()

    rng = random.Random(options.seed)
    with options.good.open(encoding="utf-8", newline="") as rows:
        good = [(row[options.prompt], row[options.completion]) for row in csv.DictReader(rows)]
    # The good rows stay; the broken ones are made of prompts on one line with a space, where every kind can take hold.
    sources = [row for row in good if " " in row[0].strip() and "\n" not in row[0]]
    lines = [csv_line(row) for row in good]
    counts = collections.Counter()
    for i in range(options.broken):
        kind = list(KINDS)[i % len(KINDS)]
        prompt, completion = rng.choice(sources)
        # Never the first row: a file whose first row cannot be read says nothing about its columns.
        lines.insert(rng.randint(1, len(lines)), KINDS[kind](f"{prompt} ({i})", completion, rng))
        counts[kind] += 1
    header = csv_line([options.prompt, options.completion])
    options.broken_file.write_bytes(b"\n".join([header, *lines]) + b"\n")
    for kind, count in counts.items():
        print(f"{count:5d} {kind}")
    print(f"{len(good):5d} good rows, {options.broken} broken ones in {options.broken_file}")


if __name__ == "__main__":
    main()
