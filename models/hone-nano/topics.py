"""Turns corpus/topics.txt and corpus/facts.txt into conversations and sentences."""
import re

from grammar import tidy

FRAMES = [
    "how do I {x}?", "how can I {x}?", "what do I have to do to {x}?", "I want to {x}", "I need to {x}. what should I do?",
    "can you tell me how to {x}?", "what is the best way to {x}?", "is it possible to {x}?", "please help me to {x}", "{x}",
    "how to {x}", "could you explain how to {x}?", "I would like to {x}", "where can I {x}?", "can I {x}?", "I am trying to {x}",
    "what steps do I follow to {x}?", "is there a way to {x}?", "I have to {x}, how does that work?", "tell me how I can {x}",
    "does anyone know how to {x}?", "I cannot {x}", "I do not know how to {x}", "help me {x}", "any idea how to {x}?",
]
SAY_FRAMES = ["{x}", "{x}", "{x}", "{x}. what can I do?", "{x}, please help", "help, {x}", "hello, {x}", "I have a problem: {x}",
              "{x}. what now?", "what should I do if {x}?", "what if {x}", "sorry, but {x}", "{x} and I do not know why", "why? {x}"]
QUESTION = re.compile(r"(when|where|what|how|which|who|why|is|are|am|do|does|did|can)\b")
ASK_FRAMES = ["{x}?", "{x}?", "{x}?", "hello, {x}?", "please tell me: {x}?", "I have a question: {x}?", "{x}? I could not find it"]
OPENERS = ["", "", "", "", "Of course.", "Thank you for your question.", "No problem.", "I am happy to help.", "Good question.",
           "I am sorry to hear that.", "Let me help you.", "Yes.", "Sure."]
CLOSERS = ["", "", "", "If that does not help, please ask the support team.", "Please ask our team if you need more help.",
           "You can find more about it in the manual.", "Please contact the customer service for more help.",
           "Is there anything else I can do for you?", "I hope this helps.", "The steps depend on your model.",
           "If you are not sure, ask someone in the shop."]
GENERAL = ["Please check the settings of your device or ask the support team for help.",
           "Please contact the customer service, and they will help you.",
           "I am sorry for the trouble. Please ask the support team for help.",
           "That depends on the product. Please look in the manual or ask the support team."]


def read_topics(path):
    topics = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("@ "):
            topics.append({"about": line[2:].strip()})
        elif re.match(r"(do|say|ans): ", line):
            kind, rest = line.split(": ", 1)
            topics[-1][kind] = [p.strip() for p in rest.split(" ; ")]
    return topics


def read_facts(path):
    tables, name = {}, None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("@ "):
            name = line[2:].split(":")[0]
            tables[name] = []
        elif line.strip() and not line.startswith("#"):
            tables[name].append(line.strip().split("/"))
    return tables


class Conversations:
    def __init__(self, grammar, topics, facts, rng):
        self.grammar, self.topics, self.facts, self.rng = grammar, topics, facts, rng
        self.synonyms = {}
        for group in facts["synonyms"]:
            for word in group:
                self.synonyms.setdefault(word, [w for w in group if w != word])

    def message(self, topic, bound):
        """One way in which a customer could bring the topic up."""
        if self.rng.random() < 0.55:
            text = self.rng.choice(FRAMES).replace("{x}", self.rng.choice(topic["do"]))
        else:
            said = self.rng.choice(topic["say"])
            frames = ASK_FRAMES if QUESTION.match(said) else SAY_FRAMES
            text = self.rng.choice(frames).replace("{x}", said)
        return self.reword(self.grammar.expand(text, bound))

    def reword(self, text):
        """Swaps a word for a synonym now and then, so that the model meets the same wish in many words."""
        words = text.split(" ")
        for i, word in enumerate(words):
            bare = word.rstrip(".,?!")
            if bare in self.synonyms and self.rng.random() < 0.25:
                words[i] = self.rng.choice(self.synonyms[bare]) + word[len(bare):]
        return " ".join(words)

    def device(self):
        return {"device": [self.rng.choice(self.grammar.rules["device"])], "product": [self.rng.choice(self.grammar.rules["product"])],
                "machine": [self.rng.choice(self.grammar.rules["machine"])]}

    def answer(self, topic, bound):
        r = self.rng
        if r.random() < 0.12:
            return r.choice(GENERAL)
        parts = r.sample(topic["ans"], 1 if r.random() < 0.5 else 2)
        return self.grammar.expand(" ".join([r.choice(OPENERS), *parts, r.choice(CLOSERS)]), bound)

    def support(self):
        topic, bound = self.rng.choice(self.topics), self.device()
        turns = [("user", self.typed(self.message(topic, bound))), ("assistant", tidy(self.answer(topic, bound)))]
        if self.rng.random() < 0.08:
            turns.insert(0, ("system", "You are a polite assistant of a shop. Answer in one or two sentences."))
        if self.rng.random() < 0.15:
            turns += [("user", self.grammar.sentence("thank")), ("assistant", self.grammar.sentence("welcome"))]
        return turns

    def understanding(self):
        """Tasks about the message itself: naming its topic, saying it differently, telling two messages apart."""
        r, bound = self.rng, self.device()
        topic = r.choice(self.topics)
        about = self.grammar.expand(topic["about"], bound)
        first = self.typed(self.message(topic, bound))
        kind = r.random()
        if kind < 0.35:
            ask = r.choice(['What is this message about? "%s"', 'What does the customer want to talk about? "%s"', 'Topic of "%s"?'])
            return [("user", ask % first), ("assistant", tidy(f"it is about {about}."))]
        if kind < 0.7:
            ask = r.choice(['Say it in other words: "%s"', 'Write this differently: "%s"', 'Another way to say "%s"?'])
            return [("user", ask % first), ("assistant", tidy(self.message(topic, bound)))]
        same = r.random() < 0.5
        second = self.message(topic if same else r.choice([t for t in self.topics if t is not topic]), bound)
        reply = f"Yes. Both are about {about}." if same else f"No. Only the first one is about {about}."
        return [("user", f'Do these two mean the same? "{first}" "{self.typed(second)}"'), ("assistant", tidy(reply))]

    def typed(self, text):
        """People type as they like: small letters, no question mark, a greeting, a thank you."""
        r = self.rng
        text = tidy(text) if r.random() < 0.6 else text
        if r.random() < 0.3:
            text = text.rstrip("?.")
        if r.random() < 0.1:
            text = r.choice(["Hi, ", "Hello, ", "Hey ", "Good morning, ", "Excuse me, ", "Quick question: "]) + text
        if r.random() < 0.08:
            text = text.rstrip(".") + r.choice([" thanks", ", please", " Thank you!", " It is urgent"])
        return text if text else "hello"

    def fact(self):
        """A definition, a small fact or a sum: half of them as a question with its answer."""
        r = self.rng
        kind = r.choice(["thing", "thing", "thing", "capital", "opposite", "synonym", "synonym", "sum", "order", "talk"])
        if kind == "talk":
            return self.grammar.pick("smalltalk", {})
        question, answer = getattr(self, "fact_" + kind)()
        if r.random() < 0.4:
            return tidy(answer)
        return [("user", self.typed(question)), ("assistant", tidy(answer))]

    def fact_thing(self):
        r = self.rng
        name, kind, use, place = r.choice(self.facts["things"])
        return r.choice([
            (f"what is a {name}?", f"a {name} is a {kind} that people use to {use}."),
            (f"what is a {name} for?", f"you need a {name} to {use}."),
            (f"where do I find a {name}?", f"you normally find a {name} in {place}. it is used to {use}."),
            (f"what do I need to {use}?", f"to {use} you need a {name}. it is a {kind}."),
            (f"explain the word {name}", f"a {name} is a {kind}. you use it to {use}, and you keep it in {place}."),
            (f"what can I do with a {name}?", f"with a {name} you can {use}."),
        ])

    def fact_capital(self):
        country, city, continent = self.rng.choice(self.facts["capitals"])
        return self.rng.choice([
            (f"what is the capital of {country}?", f"the capital of {country} is {city}."),
            (f"where is {city}?", f"{city} is the capital of {country}, a country in {continent}."),
            (f"where is {country}?", f"{country} is in {continent}. its capital is {city}."),
        ])

    def fact_opposite(self):
        pair = self.rng.sample(self.rng.choice(self.facts["opposites"]), 2)
        return f'what is the opposite of "{pair[0]}"?', f'the opposite of "{pair[0]}" is "{pair[1]}".'

    def fact_synonym(self):
        r = self.rng
        first, second = r.sample(r.choice(self.facts["synonyms"]), 2)
        return r.choice([
            (f'what does "{first}" mean?', f'"{first}" means nearly the same as "{second}".'),
            (f'what is another word for "{first}"?', f'another word for "{first}" is "{second}".'),
            (f'is "{first}" the same as "{second}"?', f'yes, "{first}" and "{second}" mean nearly the same.'),
        ])

    def fact_sum(self):
        a, b = self.rng.randint(0, 12), self.rng.randint(0, 12)
        if self.rng.random() < 0.6:
            return f"what is {a} plus {b}?", f"{a} plus {b} is {a + b}."
        return f"what is {a + b} minus {b}?", f"{a + b} minus {b} is {a}."

    def fact_order(self):
        names = self.grammar.rules[self.rng.choice(["day", "month"])]
        i = self.rng.randrange(len(names))
        after, before = names[(i + 1) % len(names)], names[i - 1]
        return self.rng.choice([(f"what comes after {names[i]}?", f"after {names[i]} comes {after}."),
                                (f"what comes before {names[i]}?", f"before {names[i]} comes {before}.")])
