import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { Scale } from "./parse-score.ts";
import { readReview } from "./read-review.ts";
import { readChoice, readScore, readScores } from "./read-verdict.ts";

/** Recorded answers of models, which are no part of this repository. */
const data =
  process.env["FELLOWSHIP_DATA"] ?? join(import.meta.dirname, "..", "..", "..", "shared", "data");
const isHere = existsSync(join(data, "expected.json"));
if (!isHere) {
  console.info(
    `Skipped: no recorded data in ${data}; set FELLOWSHIP_DATA to the folder that holds expected.json.`,
  );
}

type Winner = "a" | "b" | "tie";
type ScorePair = { a: number; b: number };

const Pair = z.object({
  id: z.string(),
  a: z.object({ text: z.string() }),
  b: z.object({ text: z.string() }),
  label: z.enum(["a", "b", "tie"]).optional(),
});
type Pair = z.infer<typeof Pair>;

const Answer = z.object({
  row: z.string(),
  agent: z.string().optional(),
  part: z.string().optional(),
  turn: z.number(),
  content: z.string(),
});
type Answer = z.infer<typeof Answer>;

const Cells = z.object({
  cells: z.array(
    z.object({
      strategy: z.string(),
      models: z.array(z.string()),
      kappa: z.number(),
      accuracy: z.number().optional(),
    }),
  ),
});
const Expected = z.object({
  "fair-eval": Cells,
  "alpaca-eval": Cells,
  generation: z.object({
    feedback: z.string(),
    bestRound: z.record(z.string(), z.number()),
    dpoPairs: z.number(),
    tiedComparisons: z.number(),
  }),
  winRate: z.record(z.string(), z.object({ a: z.number(), b: z.number(), tie: z.number() })),
});

function readLines<Line>(shape: z.ZodType<Line>, ...path: string[]): Line[] {
  const lines = readFileSync(join(data, ...path), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => shape.parse(JSON.parse(line)));
}

function winnerOf(scores: ScorePair | null): Winner {
  if (scores === null || scores.a === scores.b) return "tie";
  return scores.a > scores.b ? "a" : "b";
}

/**
 * The winner of every pair; a verdict that can't be read is a tie. `refused` counts the readable
 * ones given up as echoes.
 */
function winnersOf(strategy: string, pairs: readonly Pair[], answers: readonly Answer[]) {
  const byRow = answersByRow(answers);
  let refused = 0;
  const heeding = <Value>(pair: Pair, read: (candidates: string[]) => Value | null) => {
    const value = read([pair.a.text, pair.b.text]);
    if (value === null && read([]) !== null) refused += 1;
    return value;
  };
  const winners = pairs.map((pair) => {
    const own = byRow.get(pair.id) ?? [];
    if (strategy === "direct") {
      const text = own[0]?.content ?? "";
      return heeding(pair, (candidates) => readChoice({ text, candidates })) ?? "tie";
    }
    if (strategy === "debate") return winnerOf(meanOf(scoresOfDebaters(own, pair, heeding)));
    const scale = Number(strategy.split("-")[1]) as Scale;
    if (strategy.startsWith("combined")) {
      const text = own[0]?.content ?? "";
      return winnerOf(heeding(pair, (candidates) => readScores({ text, scale, candidates })));
    }
    const [a, b] = ["a", "b"].map((side) => {
      const text = own.find(({ part }) => part === side)?.content ?? "";
      return heeding(pair, (candidates) => readScore({ text, scale, candidates }));
    });
    return winnerOf(typeof a === "number" && typeof b === "number" ? { a, b } : null);
  });
  return { winners, refused };
}

function scoresOfDebaters(
  answers: readonly Answer[],
  pair: Pair,
  heeding: <Value>(pair: Pair, read: (candidates: string[]) => Value | null) => Value | null,
): ScorePair[] {
  return answers
    .filter(({ turn }) => turn === 2)
    .map(({ content: text }) =>
      heeding(pair, (candidates) => readScores({ text, scale: 10, candidates })),
    )
    .filter((scores) => scores !== null);
}

function meanOf(scores: readonly ScorePair[]): ScorePair | null {
  if (scores.length === 0) return null;
  const mean = (side: "a" | "b") =>
    scores.reduce((sum, score) => sum + score[side], 0) / scores.length;
  return { a: mean("a"), b: mean("b") };
}

/** Agreement with the labels, plain and beyond chance (Cohen 1960). */
function agreement(labels: readonly string[], winners: readonly string[]) {
  const share = (values: readonly string[], value: string) =>
    values.filter((other) => other === value).length / values.length;
  const accuracy = labels.filter((label, index) => label === winners[index]).length / labels.length;
  const chance = ["a", "b", "tie"].reduce(
    (sum, side) => sum + share(labels, side) * share(winners, side),
    0,
  );
  return { accuracy, kappa: (accuracy - chance) / (1 - chance) };
}

describe.skipIf(!isHere)("verdicts of recorded judges", { timeout: 60_000 }, () => {
  const expected = isHere
    ? Expected.parse(JSON.parse(readFileSync(join(data, "expected.json"), "utf8")))
    : undefined;

  for (const set of ["alpaca-eval", "fair-eval"] as const) {
    const cells = expected?.[set].cells.filter(({ models }) => models.length === 1) ?? [];
    it(`agree with people as expected (${set}, ${cells.length} cells)`, () => {
      expect(cells).toHaveLength(set === "alpaca-eval" ? 30 : 12);
      const pairs = readLines(Pair, set, "pairs.jsonl");
      for (const { strategy, models, ...cell } of cells) {
        const answers = readLines(Answer, set, "cassettes", strategy, `${models[0]}.jsonl`);
        const { winners, refused } = winnersOf(strategy, pairs, answers);
        const found = agreement(
          pairs.map(({ label }) => label ?? "tie"),
          winners,
        );
        const name = `${strategy} ${models[0]}`;
        expect(Math.abs(found.kappa - cell.kappa), name).toBeLessThan(1e-9);
        expect(Math.abs(found.accuracy - (cell.accuracy ?? Number.NaN)), name).toBeLessThan(1e-9);
        expect(refused, name).toBe(0);
      }
    });
  }

  it("win as often as expected against single models", () => {
    const found = Object.keys(expected?.winRate ?? {}).map((versus) => {
      const pairs = readLines(Pair, "generation", "versus", versus, "pairs.jsonl");
      const answers = readLines(Answer, "generation", "versus", versus, "gpt-4o.jsonl");
      const { winners } = winnersOf("combined-10", pairs, answers);
      const count = (side: Winner) => winners.filter((winner) => winner === side).length;
      return [versus, { a: count("a"), b: count("b"), tie: count("tie") }];
    });
    expect(found).toHaveLength(3);
    expect(Object.fromEntries(found)).toEqual(expected?.winRate);
  });

  it("choose the expected round of a recorded feedback loop", () => {
    const found = { bestRound: { "1": 0, "2": 0, "3": 0 }, dpoPairs: 0, tiedComparisons: 0 };
    for (const { responses, judgements } of loops(expected?.generation.feedback ?? "")) {
      let best = 0;
      for (const [index, text] of judgements.entries()) {
        const challenger = index + 1;
        const candidates = [responses[best] ?? "", responses[challenger] ?? ""];
        const winner = winnerOf(readScores({ text, scale: 10, candidates }));
        if (winner === "tie") found.tiedComparisons += 1;
        else found.dpoPairs += 1;
        // the incumbent stands first in round 2, the challenger in round 3; a tie keeps the later
        // response
        if (winner !== (index === 0 ? "a" : "b")) best = challenger;
      }
      found.bestRound[String(best + 1) as "1" | "2" | "3"] += 1;
    }
    expect(expected?.generation).toMatchObject(found);
  });

  it("stand beside reviews that are read whole", () => {
    const parts = loops(expected?.generation.feedback ?? "").flatMap(({ responses, reviews }) =>
      reviews.map((text, round) => readReview(text, { candidates: responses.slice(0, round + 1) })),
    );
    expect(parts).toHaveLength(1497);
    // twelve reviews hold no "Overall Score"
    expect(parts.filter(({ score }) => score !== null)).toHaveLength(1485);
    expect(parts.filter(({ feedback }) => feedback !== "")).toHaveLength(1497);
  });
});

function answersByRow(answers: readonly Answer[]): Map<string, Answer[]> {
  const byRow = new Map<string, Answer[]>();
  for (const answer of answers) {
    const others = byRow.get(answer.row);
    if (others === undefined) byRow.set(answer.row, [answer]);
    else others.push(answer);
  }
  return byRow;
}

/**
 * The recorded loops, row by row: three responses, three reviews, and the judge's two comparisons.
 */
function loops(name: string) {
  const answers = readLines(Answer, "generation", "cassettes", "feedback", `${name}.jsonl`);
  return [...answersByRow(answers).values()].map((own) => {
    const textsOf = (agent: string) =>
      own
        .filter((answer) => answer.agent === agent)
        .toSorted(
          (one, other) => one.turn - other.turn || (one.part ?? "").localeCompare(other.part ?? ""),
        )
        .map(({ content }) => content);
    return {
      responses: textsOf("generator"),
      reviews: textsOf("reviewer"),
      judgements: textsOf("judge"),
    };
  });
}
