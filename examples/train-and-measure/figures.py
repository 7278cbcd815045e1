"""Prints means before and after, and the paired difference with its 95 % interval (bootstrap).

python figures.py before/rows.jsonl after/rows.jsonl

Only prompts with an answer in both files count.
"""

import json
import random
import re
import sys


def words(text):
    return len(re.findall(r"\S*\w\S*", text))


FIGURES = {
    "words": words,
    "at most 20 words": lambda text: words(text) <= 20,
    "at least 4 words": lambda text: words(text) >= 4,
    "one sentence": lambda text: bool(re.search(r"^[^.!?\n]+[.!?]\s*$", text)),
    "short sentence": lambda text: all(FIGURES[name](text) for name in list(FIGURES)[1:4]),
}


def answers(path):
    with open(path, encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return {row["id"]: row["responses"][-1]["text"] for row in rows}


def interval(differences, draws=10_000):
    chance = random.Random(1)
    count = len(differences)
    means = sorted(sum(chance.choices(differences, k=count)) / count for _ in range(draws))
    return means[int(draws * 0.025)], means[int(draws * 0.975)]


before, after = map(answers, sys.argv[1:3])
shared = [prompt for prompt in before if prompt in after]
print(f"{len(shared)} prompts with both answers")
print("| figure | before | after | difference (95 %) |\n| --- | --- | --- | --- |")
for name, measure in FIGURES.items():
    first = [float(measure(before[prompt])) for prompt in shared]
    second = [float(measure(after[prompt])) for prompt in shared]
    differences = [b - a for a, b in zip(first, second)]
    low, high = interval(differences)
    mean = sum(differences) / len(shared)
    print(
        f"| {name} | {sum(first) / len(shared):.2f} | {sum(second) / len(shared):.2f} "
        f"| {mean:+.2f} ({low:+.2f} to {high:+.2f}) |"
    )
