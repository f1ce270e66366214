"""Cleans the public texts that go into the corpus: WikiText-2, GSM8K and a little of Tiny Shakespeare."""
import json
import re
import unicodedata

PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\u00a0": " ", "−": "-", "×": "x"})

NAMES = ["Marlow", "Tarrin", "Belmont", "Corvell", "Hadley", "Orsino", "Penrose", "Wexford", "Landry", "Valen", "Brisco", "Ashby"]


def normalise(text):
    """NFKC, plain quotes and dashes, no control characters: a vocabulary of 4096 has no room for typography."""
    text = unicodedata.normalize("NFKC", text).translate(PLAIN)
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c)[0] != "C")
    return re.sub(r"[ \t]+", " ", text).strip()


def wikitext(path):
    """WikiText's tokenised lines as normal sentences; yields (heading, paragraph).

    A sentence with one <unk> (mostly a name) gets an invented name, the same throughout an article's section; with more it goes.
    """
    heading = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.strip()
        title = re.fullmatch(r"(?:= )+(.+?)(?: =)+", line)
        if title:
            heading = detokenise(title.group(1).replace("<unk>", invented(title.group(1))))
            continue
        if not line:
            continue
        sentences = re.split(r"(?<= [.?!]) (?=[A-Z\"(])", line)
        kept = [s.replace("<unk>", invented(heading)) for s in sentences if s.count("<unk>") <= 1 and s.count('"') % 2 == 0]
        text = normalise(detokenise(" ".join(kept)))
        if len(text) > 80 and sum(ord(c) < 128 for c in text) > 0.99 * len(text):
            yield heading, text


def invented(heading):
    return NAMES[sum(heading.encode()) % len(NAMES)]


def detokenise(text):
    text = re.sub(r" @([-,.])@ ", r"\1", text)
    text = re.sub(r" ([.,:;?!%)\]]|'s\b|'t\b|n't\b|'re\b|'ve\b|'ll\b|'d\b|'m\b)", r"\1", text)
    text = re.sub(r"([(\[$£]) ", r"\1", text)
    text = re.sub(r'" ([^"]*?) "', r'"\1"', text)
    return re.sub(r" ' ", "' ", text)


def gsm8k(path):
    """Yields (question, answer)."""
    for row in json.loads(path.read_text(encoding="utf-8")):
        yield normalise(row["instruction"]), normalise(row["output"])


def shakespeare(path, characters):
    """The first speeches only: the language is archaic and would crowd out plain English."""
    text = normalise(path.read_text(encoding="utf-8")[:characters])
    return [s for s in text.split("\n\n") if s.strip()]
