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
    expect(generationText(summary)).toBe(
      "NO PAIRS were made from 9 rows: 2 rows failed, 1 rows have no comparison, 3 comparisons tied, " +
        "1 comparisons have no readable verdict, 2 comparisons were of two equal texts, " +
        "1 rows ended early (no_review).",
    );
  });

  it("tells how many pairs there are", () => {
    expect(generationText({ ...summary, pairs: 4 })).toBe("4 pairs from 7 of 9 rows.");
  });
});
