import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../statistics/estimates/seeded-random.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { openWorkspace, silent, type Workspace } from "../../tests/workspace.ts";
import type { Progress, ProgressOutlook } from "../progress/progress.ts";
import { forecastMeasure, measure } from "./measure.ts";
import { checkStyle, type MeasureOptions } from "./measure-options.ts";

const preset = (name: string) =>
  join(import.meta.dirname, "..", "..", "topologies", `${name}.yaml`);
const judge = preset("judge");

const categories = ["writing", "math"] as const;
const fastChat = Array.from({ length: 16 }, (_, at) => ({
  question_id: 81 + at,
  category: categories[at % 2],
  turns: [`Question ${at}?`, `And question ${at} again?`],
}));
const answer = (question_id: number, ...turns: string[]) => ({
  question_id,
  model_id: "recorded",
  choices: [{ index: 0, turns }],
});

function given(space: Workspace, out: string, changes: Partial<MeasureOptions>): MeasureOptions {
  return {
    ...space.options("", out, { models: ["judge=sim:oak?noise=0.02"] }),
    style: "mt-bench",
    questions: space.at("question.jsonl"),
    measured: [],
    ...changes,
  };
}

/** Progress that is shown to a test: the verdicts of the session that was followed last. */
function followedProgress() {
  let outlook = (): ProgressOutlook | null => null;
  const progress: Progress = {
    ...silent,
    isShown: true,
    follow: (next) => {
      outlook = next;
    },
  };
  return { progress, soFar: () => outlook()?.soFar };
}

describe("measure in MT-Bench's style", () => {
  it("recovers the order of models of known skill, by turn and category, with differences", async () => {
    const space = openWorkspace();
    space.write("question.jsonl", fastChat);
    const specs = ["sim:low?skill=0.3", "sim:high?skill=0.8", "sim:middle?skill=0.55"];
    const options = given(space, "out", { measured: specs.map((spec) => ({ spec })) });
    const { summary, exitCode } = await measure(judge, options);
    expect(exitCode).toBe(0);
    const { items, differences } = summary.measure;
    const ordered = items.toSorted((a, b) => (a.score?.value ?? 0) - (b.score?.value ?? 0));
    expect(ordered.map(({ name }) => name)).toEqual([specs[0], specs[2], specs[1]]);
    expect(items[1]?.turns).toHaveLength(2);
    expect(items[1]?.categories.map(({ category, n }) => [category, n])).toEqual([
      ["writing", 8],
      ["math", 8],
    ]);
    expect(differences.map(({ a, b }) => [a, b])).toContainEqual([specs[0], specs[1]]);
    expect(differences[0]?.n).toBe(16);
    expect(differences[0]?.high).toBeLessThan(0);
    // Two answers and two grades for each question and model.
    expect(summary.calls).toBe(3 * 16 * 4);

    const again = await measure(judge, options);
    expect(again.summary).toEqual(summary);
    expect(space.lines("out", "model-answers-1.jsonl")[0]).toMatchObject({
      question_id: 81,
      model_id: specs[0],
      choices: [{ turns: [expect.any(String), expect.any(String)] }],
    });
    const fewer = await measure(judge, { ...options, limit: 3 });
    expect(fewer.summary).toEqual(summary);
    const report = space.text("out", "report.html");
    for (const shown of ["Scores", "turn 2", "Differences on the same questions", "By category"]) {
      expect(report).toContain(shown);
    }
    expect(report).toContain("Simulated models (sim:) took part.");
    const other = measure(judge, { ...options, measured: [{ spec: "sim:other" }] });
    await expect(other).rejects.toThrow("other models");
  });

  it("grades answers from a file beside their references, also by a jury", async () => {
    const space = openWorkspace();
    space.write("question.jsonl", fastChat.slice(0, 2));
    const texts = fastChat
      .slice(0, 2)
      .map(({ question_id }) => answer(question_id, "One.", "Two."));
    const answers = space.write("answers.jsonl", texts);
    const references = space.write("reference.jsonl", [answer(82, "Right one.", "Right two.")]);
    const options = given(space, "out", { measured: [{ answers }], references });
    const models = ["sim:oak"];
    const { progress, soFar } = followedProgress();
    const { summary } = await measure(preset("jury"), { ...options, models, progress });
    // The two sides of a graded pair are turns of one answer.
    expect(soFar()).toMatchObject({ wins: {}, ties: 0, unreadable: 0 });
    expect(summary.measure.items[0]).toMatchObject({ name: "recorded", n: 2, missing: 0 });
    const [plain, told] = space.lines("out", "inputs", "verdicts-1.jsonl");
    expect(JSON.stringify(plain)).not.toContain("Reference answer");
    expect(told.messages[0].content).toContain("Right one.");
    expect(told.messages[0].content).toContain("Right two.");
    const [row] = space.lines("out", "verdicts-1", "rows.jsonl");
    expect(row.votes[0].scores).toEqual({ a: expect.any(Number), b: expect.any(Number) });
  });
});

describe("measure in AlpacaEval's style", () => {
  it("takes a judge's habit for length out of the win rate", async () => {
    const space = openWorkspace();
    const random = createRandom("alpaca");
    const instructions = Array.from({ length: 150 }, (_, at) => `Task ${at}: describe it.`);
    const outputs = (generator: string, most: number) =>
      instructions.map((instruction, at) => {
        const words = 20 + Math.floor(most * random());
        const output = `${generator} ${at}: ${"some words ".repeat(words)}end.`;
        return { instruction, output, generator, dataset: "helpful" };
      });
    const questions = space.write("alpaca.json", JSON.stringify(outputs("reference", 10)));
    const baseline = space.write("baseline.json", JSON.stringify(outputs("short", 80)));
    const answers = space.write("long.json", JSON.stringify(outputs("long", 140)));
    const options = given(space, "out", { style: "alpaca-eval", questions, baseline });
    const models = ["judge=sim:oak?length=0.2"];
    const { progress, soFar } = followedProgress();
    const measured = [{ answers }];
    const { summary } = await measure(judge, { ...options, models, measured, progress });
    const [item] = summary.measure.items;
    expect(item?.winRate?.value).toBeGreaterThan(0.6);
    expect(Math.abs((item?.lengthControlled?.value ?? 0) - 0.5)).toBeLessThan(0.08);
    expect(item?.categories).toMatchObject([{ category: "helpful", n: 150 }]);
    const { a, b } = item?.wins ?? {};
    expect(soFar()?.wins).toEqual({ model: a, baseline: b });

    const same = { ...options, directory: space.at("same"), models };
    const alike = await measure(judge, { ...same, measured: [{ answers: baseline }] });
    expect(alike.summary.calls).toBe(0);
    expect(alike.summary.measure.items[0]).toMatchObject({
      winRate: { value: 0.5 },
      wins: { a: 0, b: 0, tie: 150, none: 0 },
    });
  });
});

describe("a mistake in the benchmark's files", () => {
  const full = fastChat.map(({ question_id }) => answer(question_id, "One.", "Two."));
  const mistakes: Record<string, [files: Record<string, readonly unknown[]>, words: string]> = {
    "a missing turn": [
      { "question.jsonl": [...fastChat.slice(1), { ...fastChat[0], turns: ["Alone?"] }] },
      "question.jsonl, line 16: question 81: turns: expected two texts, found 1",
    ],
    "a question twice": [
      { "question.jsonl": [...fastChat, fastChat[3]] },
      "question.jsonl, line 17: question 84 is in the file twice",
    ],
    "an answer twice": [
      { "answers.jsonl": [...full, full[0]] },
      "answers.jsonl, line 17: question 81 is answered twice",
    ],
    "answers to other questions": [
      { "answers.jsonl": full.slice(2) },
      "answers.jsonl: no answer to question 81 (and 1 more)",
    ],
    "an answer to one turn": [
      { "answers.jsonl": [answer(81, "One."), ...full.slice(1)] },
      "answers.jsonl: question 81: expected answers to 2 turns, found 1",
    ],
    "a missing reference": [
      { "reference.jsonl": [answer(84, "x", "y")] },
      "reference.jsonl: no reference answer to question 82, whose category is math",
    ],
  };

  it.each(Object.entries(mistakes))(
    "%s ends with its place before any call",
    async (_, [files, words]) => {
      const space = openWorkspace();
      for (const [name, rows] of Object.entries({
        "question.jsonl": fastChat,
        "answers.jsonl": full,
        ...files,
      })) {
        space.write(name, rows);
      }
      const references = "reference.jsonl" in files ? space.at("reference.jsonl") : undefined;
      const measured = [{ answers: space.at("answers.jsonl") }];
      const options = given(space, "out", { measured, references });
      for (const start of [measure, forecastMeasure]) {
        const error: unknown = await start(judge, options).then(
          () => null,
          (reason: unknown) => reason,
        );
        expect(isFellowshipError(error) && [error.code, error.message]).toEqual([
          "bad_input",
          expect.stringContaining(words),
        ]);
      }
      expect(readdirSync(space.at())).not.toContain("out");
    },
  );

  it("names an evaluator that can't grade one answer, and options of the other style", async () => {
    const space = openWorkspace();
    space.write("question.jsonl", fastChat);
    const measured = [{ spec: "sim:x" }];
    const options = given(space, "out", {
      measured,
      models: ["general-public=sim:oak", "psychologist=sim:oak", "critic=sim:oak"],
    });
    await expect(measure(preset("debate"), options)).rejects.toThrow(
      "graph: debate; --style mt-bench",
    );
    expect(() => checkStyle({ ...options, baseline: "x.json" })).toThrow("--baseline: only");
    expect(() => checkStyle({ ...options, measured: [] })).toThrow("found neither");
    expect(() => checkStyle({ ...options, style: "alpaca-eval" })).toThrow("--baseline FILE");
  });
});
