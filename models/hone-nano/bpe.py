"""Counts tokens with a byte-level BPE tokenizer.json, standard library only: enough to pack rows without cutting any."""
import json
import re

# GPT-2's split with ASCII-safe classes: \p{L} and \p{N} as Python's re can say them.
PIECE = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+|\d| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")


def byte_alphabet():
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {b: chr(b) for b in printable}
    extra = (b for b in range(256) if b not in table)
    table.update({b: chr(256 + i) for i, b in enumerate(extra)})
    return table


class Bpe:
    def __init__(self, path):
        spec = json.loads(path.read_text(encoding="utf-8"))
        merges = [tuple(m.split(" ")) if isinstance(m, str) else tuple(m) for m in spec["model"]["merges"]]
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self.alphabet = byte_alphabet()
        self.special = re.compile("(" + "|".join(re.escape(t["content"]) for t in spec["added_tokens"]) + ")")
        self.counts = {}

    def pieces(self, text):
        """Yields (piece, tokens); the pieces joined are the text, and cutting between pieces changes no token."""
        for i, part in enumerate(self.special.split(text)):
            if i % 2:
                yield part, 1
                continue
            for piece in PIECE.findall(part):
                if piece not in self.counts:
                    self.counts[piece] = self.merge([self.alphabet[b] for b in piece.encode()])
                yield piece, self.counts[piece]

    def count(self, text):
        return sum(n for _, n in self.pieces(text))

    def merge(self, symbols):
        while len(symbols) > 1:
            pairs = [(self.ranks.get(p, 1 << 30), i) for i, p in enumerate(zip(symbols, symbols[1:]))]
            rank, i = min(pairs)
            if rank == 1 << 30:
                break
            symbols[i:i + 2] = [symbols[i] + symbols[i + 1]]
        return len(symbols)
