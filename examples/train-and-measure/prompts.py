"""Writes prompts.jsonl (56 to train on) and held-out.jsonl (37 others) into this folder."""

import json
import pathlib

TOPICS = """
rain snow thunder rainbow wind tide volcano earthquake desert glacier river lake island forest
mountain cave coral beach moon sun comet star planet galaxy eclipse gravity magnet battery engine
bridge tunnel tower lighthouse windmill telescope microscope camera compass clock calendar map coin
bank market library museum school hospital theatre orchestra violin piano drum guitar flute poem
novel painting sculpture bread cheese honey salt sugar coffee tea chocolate apple banana potato
tomato rice wheat bee ant butterfly spider whale shark penguin eagle owl wolf bear horse camel
elephant lion bicycle train ship airplane rocket
""".split()

QUESTIONS = [
    "What is {}? Answer in one short sentence.",
    "Explain {} to a child. Use one sentence.",
    "Why does {} matter? One short sentence, please.",
]

prompts = [
    {"id": topic, "prompt": QUESTIONS[at % 3].format(topic)} for at, topic in enumerate(TOPICS)
]
# Two of every five, so that both files hold all kinds of topics and questions.
held_out = [row for at, row in enumerate(prompts) if at % 5 in (1, 3)]
training = [row for row in prompts if row not in held_out]
folder = pathlib.Path(__file__).parent
for name, rows in (("prompts.jsonl", training), ("held-out.jsonl", held_out)):
    with open(folder / name, "w", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
