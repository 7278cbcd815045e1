import { mkdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { statusText } from "../../report/status-text.ts";
import { openWorkspace, type Written } from "../../tests/workspace.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { generate } from "../generate/generate.ts";
import { audit } from "../audit/audit.ts";
import { readRunState } from "../look/run-state.ts";
import { openLabelJournal } from "../label/label-journal.ts";
import { label } from "../label/label.ts";
import { peopleFolder } from "../label/labelled-set.ts";

const judge = (model: string) => ({ graph: "judge", agents: { judge: { model } } });
const cascade = {
  graph: "cascade",
  steps: [judge("sim:cheap?noise=0.3"), { graph: "person", marginAtMost: 3 }],
};

function judging(topology: object = cascade, rows = 24) {
  const space = openWorkspace();
  space.write(
    "pairs.jsonl",
    Array.from({ length: rows }, (_, row) => ({
      prompt: `Question ${row}?`,
      a: `Yes, ${row} is the answer.`,
      b: `No, not ${row}, and not ${row + 1}.`,
      label: row % 2 === 0 ? "a" : "b",
    })),
  );
  const file = space.write("cascade.json", JSON.stringify(topology));
  const run = (limit?: number) =>
    evaluate(file, space.options("pairs.jsonl", "out", limit === undefined ? {} : { limit }));
  const forPeople = () => space.lines("out", "for-person.jsonl");
  return { space, file, run, forPeople };
}

/** A person labels pairs, as the page does, and the file of labels is written. */
async function labelPairs(
  { space }: Pick<ReturnType<typeof judging>, "space">,
  { file, person, answers }: { file: string; person: string; answers: readonly ("a" | "tie")[] },
) {
  const out = space.at("out", file);
  mkdirSync(peopleFolder(out), { recursive: true });
  const journal = await openLabelJournal(peopleFolder(out), person);
  for (const [index, answer] of answers.entries()) {
    await journal.append({ pair: index + 1, answer, draw: "random" });
  }
  await journal.close();
  const page = await label({
    input: space.at("out", "for-person.jsonl"),
    file: out,
    person,
    random: 10,
    force: false,
    port: 0,
    onProblem: () => undefined,
  });
  await page.stop();
}

describe("a cascade whose last step is a person", () => {
  it("writes unsure rows for people, waits, and takes what they say", async () => {
    const { space, run, forPeople } = judging();
    const before = await run();
    const { asked = 0 } = before.summary.person ?? {};
    expect(asked).toBeGreaterThan(2);
    expect(asked).toBeLessThan(24);
    expect(before).toMatchObject({
      exitCode: 3,
      summary: {
        done: 24,
        calls: 24,
        wins: { none: asked },
        person: { decided: 0, waiting: asked, labels: "people/labels.jsonl" },
        agreement: { n: 24 - asked },
      },
    });
    const waiting = space.lines("out", "rows.jsonl").filter(({ person }) => person !== undefined);
    expect(waiting.map(({ row }) => row)).toEqual(forPeople().map(({ row }) => row));
    for (const { winner, scores, person, steps } of waiting) {
      expect({ winner, scores, person }).toEqual({
        winner: "none",
        scores: null,
        person: { waits: true },
      });
      const [first, last] = steps;
      expect(Math.abs(first.scores.a - first.scores.b)).toBeLessThanOrEqual(3);
      expect(last).toEqual({ step: 2, winner: "none", scores: null });
    }
    // Nothing that would sway a person.
    for (const pair of forPeople()) {
      expect(Object.keys(pair).toSorted()).toEqual(["a", "b", "id", "messages", "row"]);
    }
    const untouched = space.lines("out", "rows.jsonl").filter(({ person }) => person === undefined);

    const file = "people/labels.jsonl";
    await labelPairs({ space }, { file, person: "anna", answers: ["a", "tie"] });
    const after = await run();
    expect(after).toMatchObject({
      exitCode: 3,
      summary: { calls: 24, person: { asked, decided: 2, waiting: asked - 2, labels: file } },
    });
    const said = space.lines("out", "rows.jsonl").filter(({ person }) => person?.labels);
    expect(said.map(({ winner }) => winner)).toEqual(["a", "tie"]);
    expect(said[0].person).toEqual({ labels: { anna: "a" } });

    const state = await readRunState(space.at("out"));
    const asks = `fellowship label ${space.at("out/for-person.jsonl")} --out ${space.at(`out/${file}`)} `;
    expect(state.waiting).toMatchObject({ rows: asked - 2 });
    expect(statusText(state)).toContain(`go on     ${asked - 2} rows wait for a person: ${asks}`);

    const rest = Array.from({ length: asked - 2 }, () => "a" as const);
    await labelPairs({ space }, { file, person: "ben", answers: ["tie", "tie", ...rest] });
    const end = await run();
    expect(end).toMatchObject({
      exitCode: 0,
      summary: {
        wins: { none: 0 },
        person: { decided: asked, waiting: 0 },
        agreement: { n: 24 - asked },
      },
    });
    const rows = space.lines("out", "rows.jsonl");
    // Anna and Ben differ over the first, so it is a tie.
    const decided = rows.filter(({ person }) => person !== undefined);
    expect(decided.map(({ winner }) => winner)).toEqual(["tie", "tie", ...rest]);
    expect(rows.filter(({ person }: Written) => person === undefined)).toEqual(untouched);
    expect(space.json("out", "summary.json").cascades[0].steps[1]).toMatchObject({
      graph: "person",
      asked,
      decided: asked,
      calls: 0,
    });
    expect(await run()).toMatchObject({ exitCode: 0, summary: end.summary });
    expect(statusText(await readRunState(space.at("out")))).toContain("nothing is left to do");
  });

  it("names another file of labels when more rows go to people", async () => {
    const made = judging();
    const { run, forPeople } = made;
    await run(12);
    const first = forPeople().length;
    const answers = Array.from({ length: first }, () => "a" as const);
    await labelPairs(made, { file: "people/labels.jsonl", person: "anna", answers });
    const { summary } = await run();
    const { asked = 0, decided, labels } = summary.person ?? {};
    expect({ decided, labels }).toEqual({ decided: first, labels: "people/labels-2.jsonl" });
    expect(asked).toBeGreaterThan(first);
  });

  it("is refused before another step, alone, and where verdicts are needed at once", async () => {
    const person = { graph: "person" };
    const refused = (topology: object) => {
      const { run } = judging(topology, 2);
      return expect(run()).rejects;
    };
    const last = "people are the last step, behind an evaluator";
    await refused({ graph: "cascade", steps: [judge("sim:x"), person, judge("sim:y")] }).toThrow(
      last,
    );
    await refused({ graph: "cascade", steps: [person, judge("sim:y")] }).toThrow(last);
    const { space, file } = judging();
    const waits = "Only fellowship evaluate waits for them";
    await expect(audit(file, space.options("pairs.jsonl", "audit"))).rejects.toThrow(waits);
    const generator = { graph: "single", samples: 2, agents: { generator: { model: "sim:oak" } } };
    const path = space.write("single.json", JSON.stringify({ ...generator, evaluator: cascade }));
    await expect(generate(path, space.options("pairs.jsonl", "made"))).rejects.toThrow(waits);
  });
});
