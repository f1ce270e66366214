"""Writes support.jsonl and support-heldout.jsonl (OpenAI chat rows), support-preferences.jsonl (a better and a worse answer)
and support-feedback.jsonl (bodies of Feedback calls without the model's name) from the topics in support/*.txt, and checks them.

    python3 examples/make_support.py

Python 3.11, standard library only. Run it after a change to a topic file and commit what it writes.
"""
import json
import random
import re
from pathlib import Path

HERE = Path(__file__).parent
PREFERENCES_A_TOPIC = 4
EVASIONS = [
    "I am not sure about that. Please look into the manual, or ask somebody else.",
    "That depends on many things. You will find something about it on our pages.",
    "Good question! Many people ask that. Try to find it in the settings somewhere.",
    "I cannot say. Wait a few days, and if it does not get better, ask again.",
    "Thank you for writing to us. Your question is important, and we hope that it solves itself.",
    "It should work. If it does not, something is wrong with it.",
]


def topics(*files):
    """Yields {name, answer, comment, train, heldout} in file order."""
    for file in files:
        topic = None
        for number, line in enumerate((HERE / "support" / file).read_text(encoding="utf-8").splitlines(), 1):
            if line.startswith("== "):
                if topic:
                    yield topic
                topic = {"name": line[3:], "answer": None, "comment": "", "train": [], "heldout": []}
            elif line.startswith("= "):
                topic["answer"] = line[2:]
            elif line.startswith("- "):
                topic["comment"] = line[2:]
            elif line.startswith("~ "):
                topic["heldout"].append(line[2:])
            elif line.strip() and not line.startswith("#"):
                if topic is None:
                    raise SystemExit(f"{file}:{number}: a question stands before the first topic")
                topic["train"].append(line)
        yield topic


def plain(question):
    return re.sub(r"[^a-z0-9 ]", "", question.lower()).strip()


def check(all_topics):
    """A question may stand once only, in any spelling: a second topic would give it a second answer."""
    problems, seen = [], {}
    for topic in all_topics:
        name = topic["name"]
        words = len(topic["answer"].split())
        if not 12 <= words <= 35:
            problems.append(f"{name}: the answer has {words} words, expected 12 to 35")
        if not 12 <= len(topic["train"]) <= 20:
            problems.append(f"{name}: {len(topic['train'])} training questions, expected 12 to 20")
        if not 2 <= len(topic["heldout"]) <= 3:
            problems.append(f"{name}: {len(topic['heldout'])} held-out questions, expected 2 or 3")
        for question in topic["train"] + topic["heldout"]:
            other = seen.setdefault(plain(question), name)
            if other is not name or sum(plain(q) == plain(question) for q in topic["train"] + topic["heldout"]) > 1:
                problems.append(f"{name}: '{question}' stands twice (also in {other})")
    if len({t["answer"] for t in all_topics}) < len(all_topics):
        problems.append("two topics have the same answer")
    return problems


def write(name, pairs):
    with (HERE / name).open("w", encoding="utf-8") as out:
        for question, answer in pairs:
            messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
            out.write(json.dumps({"messages": messages}, ensure_ascii=False) + "\n")
    print(f"{name}: {len(pairs)} rows")


def write_preferences(name, all_topics):
    """The shop's answer is better than a way around it, drawn for each question."""
    draw = random.Random(23)
    rows = [{"prompt": q, "chosen": t["answer"], "rejected": draw.choice(EVASIONS)} for t in all_topics for q in t["train"][:PREFERENCES_A_TOPIC]]
    draw.shuffle(rows)
    with (HERE / name).open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    print(f"{name}: {len(rows)} rows")


def write_feedback(name, corrected):
    rows = [{"messages": [{"role": "user", "content": q}], "verdict": "bad", "correction": t["answer"], "comment": t["comment"]}
            for t in corrected for q in t["train"]]
    with (HERE / name).open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    print(f"{name}: {len(rows)} rows")


def main():
    all_topics = list(topics("phone.txt", "shop.txt"))
    problems = check(all_topics)
    if problems:
        raise SystemExit("\n".join(problems))
    train = [(q, t["answer"]) for t in all_topics for q in t["train"]]
    # Shuffled once, so that the file's first rows already show every kind of question.
    random.Random(17).shuffle(train)
    write("support.jsonl", train)
    write("support-heldout.jsonl", [(q, t["answer"]) for t in all_topics for q in t["heldout"]])
    write_preferences("support-preferences.jsonl", all_topics)
    write_feedback("support-feedback.jsonl", topics("feedback.txt"))
    print(f"{len(all_topics)} topics")


if __name__ == "__main__":
    main()
