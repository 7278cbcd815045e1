import { describe, expect, it } from "vitest";
import { compareEvaluators } from "../statistics/compare-evaluators.ts";
import type { EvaluatedRow } from "../statistics/evaluation-rows.ts";
import { measureEvaluation } from "../statistics/measure-evaluation.ts";
import type { Preference } from "../statistics/estimates/preference.ts";
import type { ComparedEvaluators, EvaluatorEnd } from "../runs/evaluate/evaluate.ts";
import type { Winner } from "../state/verdict.ts";
import { evaluationText, evaluatorsText } from "./evaluation-text.ts";

const row = (winner: Winner, changes: Partial<EvaluatedRow> = {}): EvaluatedRow => ({
  winner,
  votes: [{ agent: "judge", model: "sim:oak", winner, scores: null, parsed: winner !== "none" }],
  lengths: { a: 10, b: 20 },
  models: { a: null, b: null },
  ...changes,
});

const times = (n: number, make: (index: number) => EvaluatedRow) =>
  Array.from({ length: n }, (_, index) => make(index));
const both: Preference[] = ["a", "b"];
const alternating = (index: number) => both[index % 2] ?? "a";

const textOf = (rows: readonly EvaluatedRow[], ordered = true) =>
  evaluationText(measureEvaluation(rows, { ordered }));

const cases: [string, EvaluatedRow[]][] = [
  ["no rows", []],
  ["one row", [row("a", { label: "a" })]],
  ["all of one class", times(30, () => row("a", { label: "a" }))],
  ["one class of the evaluator's", times(30, (index) => row("a", { label: alternating(index) }))],
  ["all none", times(30, (index) => row("none", { label: alternating(index) }))],
  ["all ties", times(30, () => row("tie", { label: "tie" }))],
  ["equal lengths", times(30, (i) => row(alternating(i), { lengths: { a: 5, b: 5 } }))],
  [
    "length decides all",
    times(30, (i) =>
      row(alternating(i), { lengths: i % 2 === 0 ? { a: 9, b: 1 } : { a: 1, b: 9 } }),
    ),
  ],
  ["one person's label", times(4, (i) => row(alternating(i), { label: "a", labels: { x: "a" } }))],
  ["people of one mind", times(30, () => row("a", { label: "a", labels: { x: "a", y: "a" } }))],
  ["two rows", [row("a", { label: "a" }), row("b", { label: "b" })]],
];

describe("evaluationText", () => {
  it.each(cases)("prints no figure that is none: %s", (_, rows) => {
    for (const ordered of [true, false]) {
      const text = textOf(rows, ordered);
      expect(text).not.toMatch(/NaN|Infinity|null|undefined(?!:)|\[object/);
      expect(text).not.toMatch(/undefined: *$/m);
    }
  });

  it("says why a figure is missing", () => {
    expect(textOf(times(30, () => row("a", { label: "a" })))).toContain(
      "kappa undefined: all rows are of one class, accuracy 1.000 [0.89, 1.00], n 30",
    );
    expect(textOf(times(3, () => row("none", { label: "a" })))).toContain(
      "kappa undefined: no rows, accuracy undefined: no rows, n 0",
    );
    expect(textOf([row("a")])).toContain("no labels of people in the input");
    expect(textOf([row("a")])).toContain("a at equal length undefined: too few rows");
    expect(textOf([row("a")], false)).toContain("each response was judged alone");
    expect(textOf([row("a", { label: "a", labels: { x: "a" } })])).toContain(
      "one label a row or none, so their agreement with each other is unknown",
    );
  });

  it("tells wins, win rate, position, length and flips", () => {
    const rows = times(20, (index) => row(index < 15 ? "b" : "a", { flipped: index === 0 }));
    const text = textOf(rows);
    expect(text).toContain("wins          a 5, b 15, tie 0, none 0");
    expect(text).toContain("win rate of a 25.0 % [11.2, 46.9]");
    expect(text).toContain("the response shown first wins 25.0 %");
    expect(text).toContain("the longer response wins 75.0 %");
    expect(text).toContain("1 of 20 turned with the order: 5.0 %");
    expect(text).toContain("no pair has exactly one response of a judge's own family");
  });

  it("says how many rows are missing before any figure, and how far the labels are covered", () => {
    const rows = times(20, (index) =>
      row(index < 5 ? "none" : alternating(index), { label: alternating(index) }),
    );
    const text = evaluationText({
      ...measureEvaluation(rows, { ordered: true, failedLabels: 10 }),
      rows: 30,
      done: 20,
      failed: 10,
      pending: 0,
      failures: { bad_input: 9, provider_error: 1 },
    });
    expect(text.split("\n")[0]).toBe(
      "MISSING ROWS  the figures rest on 20 of 30 rows: 10 failed (bad_input 9, provider_error 1)",
    );
    expect(text).toContain("a verdict on 15 of 30 labelled rows; kappa with no verdict as");
  });

  it("shows no figures while no row is done", () => {
    const nothing = measureEvaluation([], { ordered: true });
    const counts = { rows: 8, done: 0, failed: 0, pending: 8, failures: {} };
    expect(evaluationText({ ...nothing, ...counts })).toBe("No verdicts yet: 8 rows are pending.");
    expect(
      evaluationText({ ...nothing, ...counts, failed: 7, pending: 1, failures: { bad_input: 7 } }),
    ).toBe("No verdicts yet: 7 rows failed, 1 row is pending.");
  });

  it("shows people's verdicts against the evaluator's", () => {
    const text = textOf([
      row("a", { label: "a" }),
      row("b", { label: "a" }),
      row("tie", { label: "b" }),
    ]);
    expect(text).toMatch(
      /people \\ evaluator +a +b +tie\n─+.*\na +1 +1 +0\nb +0 +0 +1\ntie +0 +0 +0/,
    );
  });
});

describe("evaluationText with labels of people", () => {
  it("estimates people's win rate over all rows from the labels of some", () => {
    const judged = (index: number) =>
      row(alternating(index), {
        label: index % 8 === 0 ? "tie" : alternating(index),
        prompt: `prompt ${index}`,
      });
    const unlabelled = (index: number) => ({ ...judged(index), label: undefined });
    const some = times(120, (index) => (index % 5 === 0 ? judged(index) : unlabelled(index)));
    expect(textOf(some)).toMatch(
      /people's rate .* % \[.*\] for a over all 120 rows, from 24 labels and all verdicts\n {14}.* from the labels alone: the verdicts make 24 labels worth \d+/,
    );
    expect(textOf(times(10, judged))).toContain(
      "people's rate 30.0 % for a: all 10 rows are labelled",
    );
    const few = [judged(1), ...times(9, unlabelled)];
    expect(textOf(few)).toMatch(
      /for a over all 10 rows, from 1 label, too few to use the verdicts/,
    );
    const first = times(120, (index) => (index < 40 ? judged(index) : unlabelled(index)));
    expect(textOf(first)).toContain("NOT RANDOM    labelled rows differ from the others in their");
  });

  it("says whether the evaluator could replace a person, or why that can't be told", () => {
    const judged = (index: number) => {
      const labels = { x: alternating(index), y: alternating(index) };
      return row(alternating(index), { label: alternating(index), labels });
    };
    expect(textOf(times(120, judged))).toContain(
      "as a person   shown to be within 10 points of one (2 people, 120 rows)",
    );
    const wrong = (index: number) => ({ ...judged(index), winner: alternating(index + 1) });
    expect(textOf(times(120, wrong))).toContain("as a person   not shown to be within 20 points");
    const atOdds = (index: number) => {
      const labels = { x: alternating(index), y: alternating(index >> 1) };
      return { ...judged(index), labels };
    };
    expect(textOf(times(120, atOdds))).toContain(
      "as a person   can't tell: people don't agree with each other beyond chance",
    );
    expect(textOf(times(60, judged))).toContain(
      "can't tell whether it could replace one: expected 100 rows that two people or more labelled, got 60",
    );
    expect(textOf(times(20, judged))).toContain(
      "expected two people with 30 such rows each, got 0",
    );
  });
});

const summary = (rows: readonly EvaluatedRow[]): EvaluatorEnd["summary"] => ({
  rows: rows.length,
  done: rows.length,
  failed: 0,
  pending: 0,
  calls: rows.length,
  tokens: { in: 100, out: 20, unknown: 0 },
  cost: { usd: 0.5, unknown: 0 },
  ...measureEvaluation(rows, { ordered: true }),
  failures: {},
});

const end = (name: string, rows: readonly EvaluatedRow[]): EvaluatorEnd => ({
  name,
  directory: name,
  exitCode: 0,
  files: [],
  failures: [],
  seconds: 1.25,
  stoppedBy: null,
  spent: { usd: 0, unknownUsd: 0, unpriced: 0, leftUsd: null },
  reused: [],
  results: [],
  summary: summary(rows),
});

describe("evaluatorsText", () => {
  const labels = Array.from({ length: 40 }, (_, index) => alternating(index));
  const right = labels.map((label) => row(label, { label, flipped: false }));
  const wrong = labels.map((label) => row("a", { label }));

  const compared = (first: readonly EvaluatedRow[], second: readonly EvaluatedRow[]) => {
    const rows = labels.map((label, index) => ({
      label,
      first: first[index]?.winner ?? "none",
      second: second[index]?.winner ?? "none",
    }));
    const best = { ...compareEvaluators(rows), first: "one", second: "two" };
    return { evaluators: [end("one", first), end("two", second)], best } as ComparedEvaluators;
  };

  it("gives a line an evaluator, and whether the best is better beyond noise", () => {
    const text = evaluatorsText(compared(right, wrong));
    const [agreement = "", effort = "", verdict] = text.split("\n\n");
    const cells = (line = "") => line.trim().split(/ {2,}/).join(" | ");
    const [head, rule, ...lines] = agreement.split("\n");
    expect(rule).toMatch(/^[─ ]+$/);
    expect([head, ...lines].map(cells)).toEqual([
      "evaluator | n | of | prompts | kappa [95 %] | kappa of all | accuracy",
      "one | 40 | 40 | 40 | 1.000 [0.78, 1.00] | 1.000 | 1.000",
      "two | 40 | 40 | 40 | 0.000 [-0.15, 0.18] | 0.000 | 0.500",
    ]);
    const [headBelow, , ...linesBelow] = effort.split("\n");
    expect([headBelow, ...linesBelow].map(cells)).toEqual([
      "evaluator | unreadable | flips | calls | tokens | dollars | seconds",
      "one | 0 | 0 of 40 | 40 | 120 | 0.5000 | 1.3",
      "two | 0 | not asked | 40 | 120 | 0.5000 | 1.3",
    ]);
    for (const line of [...agreement.split("\n"), ...effort.split("\n")]) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
    expect(verdict).toMatch(/^one is better than two beyond noise: kappa 1\.000 higher/);
  });

  it("calls nothing better that noise could be", () => {
    const nearly = right.map((one, index) =>
      index === 0 ? { ...one, winner: "b" as const } : one,
    );
    expect(evaluatorsText(compared(right, nearly))).toContain(
      "one is ahead of two, but the difference may be chance",
    );
    expect(evaluatorsText(compared(right, right))).not.toMatch(/NaN|undefined/);
  });

  it("says so where two can't be compared, and where there are no labels", () => {
    const one = row("a", { label: "a" });
    const text = evaluatorsText({
      evaluators: [end("one", [one]), end("two", [])],
      best: { ...compareEvaluators([]), first: "one", second: "two" },
    });
    expect(text).toContain("one and two can't be compared: no rows.");
    expect(evaluatorsText({ evaluators: [end("one", [row("a")])], best: null })).toContain(
      "no labels",
    );
  });

  it("adds nothing unknown as zero", () => {
    const unknown = { tokens: { in: 1, out: 2, unknown: 3 }, cost: { usd: 0, unknown: 4 } };
    const one = end("one", [row("a")]);
    const text = evaluatorsText({
      evaluators: [{ ...one, summary: { ...one.summary, ...unknown } }],
      best: null,
    });
    expect(text).toContain("3 + 3 calls unknown");
    expect(text).toContain("0.0000 + 4 calls unknown");
  });
});
