import { describe, expect, it } from "vitest";
import { debateOn, judgeOn, juryOn, loopOn, singleOn } from "../../tests/graphs-on-gate.ts";
import { createRecordingGate } from "../../tests/recording-gate.ts";
import { drawGraph } from "./draw-graph.ts";

const gate = createRecordingGate({});

type Graph = Parameters<typeof drawGraph>[0];

/** What a drawing says, without what all begin and end with. */
async function linesOf(graph: Graph): Promise<string[]> {
  const [head, ...lines] = (await drawGraph(graph)).split("\n");
  expect(head).toBe("graph TD;");
  return lines.map((line) => line.trim().replace(/;$/, ""));
}

/** The edges of a drawing, sorted; `a -.-> b` is taken only when a router says so. */
async function edgesOf(graph: Graph): Promise<string[]> {
  return (await linesOf(graph)).filter((line) => line.includes(">")).sort();
}

/** A graph of nodes of these names, one after the other. */
function inLine(...names: string[]): Graph {
  const edges = names.slice(1).map((target, index) => ({ source: names[index] ?? "", target }));
  const nodes = Object.fromEntries(names.map((name) => [name, {}]));
  return { getGraphAsync: async () => ({ nodes, edges }) };
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

  it("shows an agent's name as it is, and gives names that would look alike a node each", async () => {
    expect(await linesOf(inLine("__start__", "a.b", "a_b", "a-b", "a b"))).toEqual([
      'a_b_2["a.b"]',
      'a_b_3["a b"]',
      "__start__ --> a_b_2",
      "a_b_2 --> a_b",
      "a_b --> a-b",
      "a-b --> a_b_3",
    ]);
  });

  it.each([
    ["end", 'node_end["end"]'],
    ["graph", 'node_graph["graph"]'],
    ["end-of-it", 'node_end-of-it["end-of-it"]'],
    ["文字", '__["文字"]'],
    ["émoji-", '_moji_["émoji-"]'],
    ["a--b", 'a_-b["a--b"]'],
    ['"<b>#1', '__b__1["#34;#60;b#62;#35;1"]'],
    ["two\nlines", 'two_lines["two lines"]'],
  ])("takes any name: %j", async (name, declared) => {
    const [id = ""] = declared.split("[");
    expect(await linesOf(inLine("first", name))).toEqual([declared, `first --> ${id}`]);
  });

  it("says what a router's way is called", async () => {
    const edges = [{ source: "a", target: "b", data: 'is "good"', conditional: true }];
    const graph = { getGraphAsync: async () => ({ nodes: { a: {}, b: {} }, edges }) };
    expect(await linesOf(graph)).toEqual(['a -.->|"is #34;good#34;"| b']);
  });
});
