"""Expands the text grammars in corpus/: rules with alternatives, {rule} calls, {x:rule} bindings, {x=rule} silent ones."""
import random
import re

CALL = re.compile(r"\{(?:(\w+)([:=]))?(\w+)(?:\.(\d))?\}")
SENTENCE_START = re.compile(r'(^|[.?!]["”]?\s+"?|\n"?|^")(?!(?:said|asked|answered) )([a-z])')
VOWEL_AFTER_A = re.compile(r"\b([Aa]) (?=(?!one\b|uni|use|eur)[aeiou]|hour|honest)", re.I)


def load(paths):
    """Reads rules: a name at the margin, then indented lines of alternatives split by ' ; '."""
    rules, name = {}, None
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            if not line.startswith(" "):
                name = line.strip()
                rules.setdefault(name, [])
            else:
                rules[name] += [part.strip() for part in line.split(" ; ")]
    return rules


class Grammar:
    def __init__(self, rules, rng: random.Random):
        self.rules, self.rng = rules, rng

    def pick(self, rule, bound):
        return self.expand(self.rng.choice(self.rules[rule]), bound)

    def expand(self, text, bound=None):
        bound = {} if bound is None else bound
        alone = CALL.fullmatch(text)
        if alone and not alone[1] and not alone[4] and alone[3] not in bound:
            return self.pick(alone[3], bound)  # a rule that only names another one hands on its fields too

        def call(match):
            variable, mode, name, field = match.groups()
            if variable:
                bound[variable] = self.pick(name, bound).split("/")
                value = bound[variable]
                if mode == "=":
                    return ""
            elif name in bound:
                value = bound[name]
            else:
                value = self.pick(name, bound).split("/")
            return value[int(field) if field else 0]

        while CALL.search(text):
            text = CALL.sub(call, text)
        return text

    def sentence(self, rule):
        return tidy(self.pick(rule, {}))


def tidy(text):
    """Capitals at sentence starts, 'an' before vowels, single spaces, no doubled full stops."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"([.?!])\.(?=\s|$)", r"\1", text)
    text = VOWEL_AFTER_A.sub(r"\1n ", text)
    text = re.sub(r"\bi\b", "I", text)
    return SENTENCE_START.sub(lambda m: m.group(1) + m.group(2).upper(), text)
