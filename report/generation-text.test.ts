import { describe, expect, it } from "vitest";
import type { GenerationSummary } from "../runs/generate/generation-outputs.ts";
import { generationText } from "./generation-text.ts";

const summary: GenerationSummary = {
  rows: 9,
  done: 7,
  failed: 2,
  pending: 0,
  calls: 0,
  tokens: { in: 0, out: 0, unknown: 0 },
  cost: { usd: 0, unknown: 0 },
  bestRound: {},
  pairs: 0,
  ties: 3,
  undecided: 1,
  identicalTexts: 2,
  contradictions: 0,
  uncompared: 1,
  endedEarly: { no_review: 1 },
  failures: { timeout: 2 },
  repairedTexts: 0,
};

describe("generationText", () => {
  it("counts the reasons where a run made no pairs", () => {
    expect(generationText(summary, [])).toBe(
      "NO PAIRS were made from 9 rows: 2 rows failed, 1 row has no comparison, 3 comparisons tied, " +
        "1 comparison has no readable verdict, 2 comparisons were of two equal texts, " +
        "1 row ended early (no_review).",
    );
  });

  it("raises no alarm where rows are pending", () => {
    const waiting = { ...summary, done: 0, pending: 7, failed: 2, uncompared: 0, ties: 0 };
    const nothing = { undecided: 0, identicalTexts: 0, endedEarly: {} };
    expect(generationText({ ...waiting, ...nothing }, [])).toBe(
      "No pairs yet from 9 rows: 2 rows failed, 7 rows are pending.",
    );
  });

  it("says which rounds were left out, and what they had gained", () => {
    const gain = { value: 0.012, low: -0.05, high: 0.074, p: 0.7 };
    const stopped = {
      ...summary,
      pairs: 4,
      roundLimits: [
        { from: 1, rounds: 3 },
        { from: 101, rounds: 2 },
      ],
      roundGains: [
        { round: 2, n: 200, gain: { value: 0.4, low: 0.3, high: 0.5, p: 0.002 } },
        { round: 3, n: 100, gain },
      ],
    };
    expect(generationText(stopped, [])).toBe(
      "4 pairs from 7 of 9 rows.\n" +
        "From row 101 on, rows have at most 2 responses: further rounds were shown to gain nothing " +
        "(wins less losses, round 3: 0.01, 95 % interval -0.05 to 0.07).",
    );
  });

  it("says what the report says, and how many pairs there are where there is no report", () => {
    expect(generationText({ ...summary, pairs: 4 }, ["Four.", "Round 2."])).toBe("Four.\nRound 2.");
    expect(generationText({ ...summary, pairs: 1 }, [])).toBe("1 pair from 7 of 9 rows.");
  });
});
