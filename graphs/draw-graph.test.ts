import { describe, expect, it } from "vitest";
import { debateOn, judgeOn, juryOn, loopOn, singleOn } from "../tests/graphs-on-gate.ts";
import { createRecordingGate } from "../tests/recording-gate.ts";
import { drawGraph } from "./draw-graph.ts";

const gate = createRecordingGate({});

/** The edges of a drawing, sorted; `a -.-> b` is taken only when a router says so. */
async function edgesOf(graph: Parameters<typeof drawGraph>[0]): Promise<string[]> {
  const [head, ...edges] = (await drawGraph(graph)).split("\n");
  expect(head).toBe("graph TD;");
  return edges.map((edge) => edge.trim().replace(/;$/, "")).sort();
}

describe("the drawing", () => {
  it("of a judge shows the judge and its conclusion", async () => {
    expect(await edgesOf(judgeOn(gate))).toEqual([
      "__start__ --> judge",
      "conclude --> __end__",
      "judge --> conclude",
    ]);
  });

  it("of a jury shows the jurors side by side", async () => {
    expect(await edgesOf(juryOn(gate, ["gemma", "llama"]))).toEqual([
      "__start__ --> juror_gemma",
      "__start__ --> juror_llama",
      "conclude --> __end__",
      "juror_gemma --> conclude",
      "juror_llama --> conclude",
    ]);
  });

  it("of a debate shows who speaks after whom, the next round, and the votes side by side", async () => {
    expect(await edgesOf(debateOn(gate, ["critic", "public"]))).toEqual([
      "__start__ --> debater_critic",
      "conclude --> __end__",
      "debater_critic --> debater_public",
      "debater_public -.-> debater_critic",
      "debater_public -.-> vote_critic",
      "debater_public -.-> vote_public",
      "vote_critic --> conclude",
      "vote_public --> conclude",
    ]);
  });

  it("of a feedback loop shows the loop, its ends, and the evaluator as a node", async () => {
    expect(await edgesOf(loopOn(gate))).toEqual([
      "__start__ --> generator",
      "challenge --> evaluator",
      "choose -.-> __end__",
      "choose -.-> reviewer",
      "collect-reviews -.-> __end__",
      "collect-reviews -.-> generator",
      "evaluator --> choose",
      "generator -.-> __end__",
      "generator -.-> challenge",
      "generator -.-> reviewer",
      "reviewer --> collect-reviews",
    ]);
  });

  it("of a branching loop shows a generator for each reviewer", async () => {
    expect(await edgesOf(loopOn(gate, { reviewers: ["kind", "strict"], branch: true }))).toEqual([
      "__start__ --> generator",
      "challenge --> evaluator",
      "choose -.-> __end__",
      "choose -.-> challenge",
      "choose -.-> reviewer_kind",
      "choose -.-> reviewer_strict",
      "collect-branches -.-> __end__",
      "collect-branches -.-> challenge",
      "collect-reviews -.-> __end__",
      "collect-reviews -.-> generator_kind",
      "collect-reviews -.-> generator_strict",
      "evaluator --> choose",
      "generator -.-> __end__",
      "generator -.-> reviewer_kind",
      "generator -.-> reviewer_strict",
      "generator_kind --> collect-branches",
      "generator_strict --> collect-branches",
      "reviewer_kind --> collect-reviews",
      "reviewer_strict --> collect-reviews",
    ]);
  });

  it("of a single generator shows it alone, or the samples and their contests", async () => {
    expect(await edgesOf(singleOn(gate, 1))).toEqual([
      "__start__ --> generator",
      "generator -.-> __end__",
    ]);
    expect(await edgesOf(singleOn(gate, 3))).toEqual([
      "__start__ --> generator",
      "challenge --> evaluator",
      "choose -.-> __end__",
      "choose -.-> challenge",
      "evaluator --> choose",
      "generator -.-> __end__",
      "generator -.-> challenge",
      "generator -.-> generator",
    ]);
  });
});
