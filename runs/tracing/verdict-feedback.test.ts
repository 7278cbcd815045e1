import { describe, expect, it } from "vitest";
import type { Verdict } from "../../state/verdict.ts";
import type { EvolutionResult, GenerationResult } from "../../state/row-result.ts";
import { evaluationFeedback, evolutionFeedback, generationFeedback } from "./verdict-feedback.ts";

const row = { id: "p1", input: null, transcript: [] };
const failure = { reason: "node_failed", detail: "it threw" } as const;

function verdict(winner: Verdict["winner"], a?: number, b?: number): Verdict {
  return { winner, scores: a === undefined || b === undefined ? null : { a, b }, votes: [] };
}

describe("feedback on an evaluated row", () => {
  it("is the winner, the margin, and whether people say the same", () => {
    expect(evaluationFeedback({ ...row, verdict: verdict("b", 6.1, 8.3), label: "b" })).toEqual([
      { key: "winner", value: "b" },
      { key: "verdict_margin", score: -2.2 },
      { key: "agrees_with_people", score: 1 },
    ]);
    expect(evaluationFeedback({ ...row, verdict: verdict("tie"), label: "a" })).toEqual([
      { key: "winner", value: "tie" },
      { key: "agrees_with_people", score: 0 },
    ]);
  });

  it("says nothing of people who were not asked, or where there is no verdict", () => {
    expect(evaluationFeedback({ ...row, verdict: verdict("a") })).toEqual([
      { key: "winner", value: "a" },
    ]);
    expect(evaluationFeedback({ ...row, verdict: verdict("none"), label: "a" })).toEqual([
      { key: "winner", value: "none" },
    ]);
    expect(evaluationFeedback({ ...row, verdict: null, label: "a" })).toEqual([]);
  });
});

describe("feedback on a generated row", () => {
  it("is how each challenger fared against the best so far, and the best", () => {
    const contest = { round: 2, incumbent: 0, challenger: 1, siblings: false } as const;
    const result: GenerationResult = {
      ...row,
      prompt: [],
      reviews: [],
      responses: [1, 2, 3].map((round) => ({ round, text: `${round}` })),
      comparisons: [
        { ...contest, part: "round-2", incumbentIs: "a", won: 1, verdict: verdict("b", 5, 7) },
        {
          ...contest,
          part: "round-3",
          round: 3,
          incumbent: 1,
          challenger: 2,
          incumbentIs: "b",
          won: 1,
          verdict: verdict("b", 6, 7),
        },
        { ...contest, part: "", incumbentIs: "a", won: null, verdict: verdict("tie", 7, 7) },
      ],
      best: 1,
    };
    expect(generationFeedback(result)).toEqual([
      { key: "winner", value: "challenger", comment: "round-2" },
      { key: "verdict_margin", score: 2, comment: "round-2" },
      { key: "winner", value: "incumbent", comment: "round-3" },
      { key: "verdict_margin", score: -1, comment: "round-3" },
      { key: "winner", value: "tie" },
      { key: "verdict_margin", score: 0 },
      { key: "best_round", score: 2 },
    ]);
    const failed = generationFeedback({ ...result, failure });
    expect(failed.map(({ key }) => key)).not.toContain("best_round");
  });
});

describe("feedback on evolved answers", () => {
  it("is how each rewrite fared, and how many were accepted", () => {
    const rewrite = { suggestions: [], text: "" };
    const result: EvolutionResult = {
      ...row,
      shape: "alpaca",
      conversation: [],
      answers: [
        {
          turn: 1,
          before: "",
          after: "",
          rounds: 1,
          unparsed: 0,
          flips: 0,
          rewrites: [
            { ...rewrite, iteration: 1, accepted: true, verdict: verdict("b", 5, 8) },
            { ...rewrite, iteration: 2, accepted: false, verdict: verdict("a") },
            { ...rewrite, iteration: 3, accepted: false, verdict: null },
          ],
        },
      ],
    };
    expect(evolutionFeedback(result)).toEqual([
      { key: "winner", value: "rewrite", comment: "answer 1, iteration 1" },
      { key: "verdict_margin", score: 3, comment: "answer 1, iteration 1" },
      { key: "winner", value: "response", comment: "answer 1, iteration 2" },
      { key: "accepted_rewrites", score: 1 },
    ]);
    const failed = evolutionFeedback({ ...result, failure });
    expect(failed.map(({ key }) => key)).not.toContain("accepted_rewrites");
  });
});
