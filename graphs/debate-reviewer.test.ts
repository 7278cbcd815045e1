import { describe, expect, it } from "vitest";
import type { GeneratorNode } from "../state/generation/generator-state.ts";
import { membersOn } from "../tests/evolution-on-gate.ts";
import { loopOn, question, type LoopOnGate } from "../tests/graphs-on-gate.ts";
import { createRecordingGate, type Answer, type RecordingGate } from "../tests/recording-gate.ts";
import { cut, down, review, scores } from "../tests/written-answers.ts";
import { createDebateReviewer } from "./debate-reviewer.ts";
import { drawGraph } from "./drawing/draw-graph.ts";

const row = { number: 1, id: "row-1" };
const prompt = [...question];

const willing: Readonly<Record<string, Answer>> = {
  "generator 0": "first response",
  "generator 1": "second response",
  "generator 2": "third response",
  generator: "a revision",
  kind: review("Say it kindly.", 10),
  positive: "It is right.",
  critical: "It is short.",
  advisor: "Say more.\nGive an example.",
  judge: scores(7, 5),
};

const critics = (gate: RecordingGate): GeneratorNode =>
  createDebateReviewer({ name: "critics", ...membersOn(gate) });

async function run(
  script: Readonly<Record<string, Answer>> = {},
  { reviewers = [], ...options }: LoopOnGate = {},
) {
  const gate = createRecordingGate({ ...willing, ...script });
  const loop = loopOn(gate, { reviewers, nodes: { critics: critics(gate) }, ...options });
  const result = await loop.invoke({ row, prompt }, { recursionLimit: 200 });
  return { gate, result };
}

describe("a debate as a reviewer", () => {
  it("has its turns counted as in CoEvol, on through the rounds", async () => {
    const { gate } = await run();
    expect(gate.addresses()).toEqual([
      "generator 0",
      "critical 0",
      "positive 0",
      "critical 1",
      "positive 1",
      "advisor 0",
      "generator 1",
      "judge round-2 0",
      "critical 2",
      "positive 2",
      "critical 3",
      "positive 3",
      "advisor 1",
      "generator 2",
      "judge round-3 0",
    ]);
  });

  it("argues about the latest response, with fresh memories, and its advisor hears both", async () => {
    const { gate } = await run({ "critical 0": "It is odd.", "critical 2": "It rambles." });
    expect(gate.asked("positive 0")).toContain("first response");
    expect(gate.asked("critical 2")).toContain("second response");
    expect(gate.asked("critical 2")).not.toContain("first response");
    expect(gate.asked("positive 3")).toContain("It rambles.");
    expect(gate.asked("advisor 1")).toContain("second response");
    expect(gate.asked("advisor 1")).toContain("It rambles.");
    expect(gate.asked("advisor 1")).not.toContain("It is odd.");
  });

  it("leaves the advisor's suggestions as its review, after which the generator revises", async () => {
    const { gate, result } = await run();
    expect(result.reviews[0]).toEqual({
      reviewer: "critics",
      round: 1,
      text: "Say more.\nGive an example.",
      evaluation: "",
      score: null,
      feedback: "Say more.\nGive an example.",
    });
    expect(gate.asked("generator 1")).toContain("Say more.\nGive an example.");
  });

  it("stands beside other reviewers in their order, each call once in the transcript", async () => {
    const { gate, result } = await run({}, { reviewers: ["kind"], iterations: 2 });
    expect(result.reviews.map(({ reviewer }) => reviewer)).toEqual(["kind", "critics"]);
    expect(gate.asked("generator 1")).toMatch(
      /Feedback of kind[\s\S]*kindly[\s\S]*Feedback of critics[\s\S]*Say more/,
    );
    expect(result.transcript).toHaveLength(gate.calls.length);
    expect(result.transcript.map(({ agent }) => agent).sort()).toEqual(
      gate.calls.map(({ address }) => address.agent).sort(),
    );
  });

  it("is never content: a loop that stops at a score goes on to its last round", async () => {
    const { result } = await run({}, { reviewers: ["kind"], stopScore: 9 });
    expect(result.responses).toHaveLength(3);
  });

  it.each([
    ["an advisor who fails", { advisor: down }],
    ["an advisor who is cut", { advisor: cut }],
    ["an advisor without a suggestion", { advisor: " \n" }],
    ["two silent debaters", { positive: down, critical: down }],
  ])("with %s has no review: the loop ends with what it has", async (_, script) => {
    const { result } = await run(script);
    expect(result.responses).toHaveLength(1);
    expect(result.reviews).toEqual([]);
    expect(result.failure).toBeUndefined();
    expect(result.endedEarly).toEqual({
      reason: "no_review",
      detail: "no reviewer answered in round 1",
    });
  });

  it("is left out of a round in which it fails, while the others' reviews count", async () => {
    const { gate, result } = await run({ "advisor 0": down }, { reviewers: ["kind"] });
    expect(result.responses).toHaveLength(3);
    expect(result.reviews.map(({ reviewer, round }) => `${reviewer} ${round}`)).toEqual([
      "kind 1",
      "kind 2",
      "critics 2",
    ]);
    // The turns go by the rounds, so that a round that failed leaves no other call's address
    // behind.
    expect(gate.addresses()).toContain("advisor 1");
  });

  it("goes on with one debater, without an answer", async () => {
    const { gate, result } = await run({ critical: down }, { iterations: 2 });
    expect(gate.addresses()).not.toContain("positive 1");
    expect(result.reviews).toHaveLength(1);
  });

  it("has its own revision in a branching loop", async () => {
    const { gate, result } = await run(
      { judge: scores(5, 7) },
      { reviewers: ["kind"], branch: true },
    );
    expect(gate.asked("generator branch-critics 0")).toContain("Give an example.");
    expect(gate.asked("generator branch-critics 0")).not.toContain("kindly");
    expect(result.responses).toHaveLength(5);
    // The next round is about the branch that went on.
    const champion = result.responses.find(({ reviewer }) => reviewer === "critics");
    expect(gate.asked("positive 2")).toContain(champion?.text);
  });

  it("is drawn as a node of the loop", async () => {
    const gate = createRecordingGate({});
    const loop = loopOn(gate, { reviewers: [], nodes: { critics: critics(gate) } });
    expect(await drawGraph(loop)).toContain("reviewer_critics --> collect-reviews");
    const { nodes } = await loop.getGraphAsync({ xray: true });
    expect(Object.keys(nodes)).toContain("reviewer.critics:positive.cross-review");
  });
});
