import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { promptDirectory } from "../prompts/load-prompt.ts";
import { question } from "../tests/graphs-on-gate.ts";
import { workInDirectory } from "../tests/own-code.ts";
import { createRecordingGate } from "../tests/recording-gate.ts";
import { buildEvolution } from "../topologies/build/build-evolution.ts";
import { loadTopology } from "../topologies/load/load-topology.ts";
import type { CoevolTopology } from "../topologies/kinds/coevol.ts";

const row = { number: 1, id: "row-1" };
const prompt = [...question];

describe("a custom member of CoEvol", () => {
  const coevol = (changes: Readonly<Record<string, string>>) => {
    const own = { positive: "", critical: "", advisor: "", editor: "", judge: "", ...changes };
    const agents = Object.entries(own).map(
      ([role, node]) =>
        `  ${role}: ${node === "" ? "{ model: sim:x }" : `{ node: ./own.ts#${node} }`}`,
    );
    return `graph: coevol\nmaxIterations: 1\nagents:\n${agents.join("\n")}`;
  };
  const said = {
    positive: "Good.",
    critical: "Bad.",
    advisor: "1. Be shorter.",
    editor: "Shorter.",
    judge: "B is better.\nBecause.",
    "judge swapped": "A is better.\nBecause.",
  };

  async function evolve(changes: Readonly<Record<string, string>>, module: string) {
    const directory = workInDirectory({ "own.ts": module, "it.yaml": coevol(changes) });
    const topology = loadTopology(join(directory, "it.yaml"), { allowCode: true });
    const gate = createRecordingGate(said);
    const built = await buildEvolution(topology as CoevolTopology, {
      gate,
      environment: {},
      promptDirectory,
    });
    const conversation = [...prompt, { role: "assistant" as const, content: "Long." }];
    const { recursionLimit } = built;
    const result = await built.graph.invoke({ row, conversation }, { recursionLimit });
    return { gate, answer: result.answers[0] };
  }

  it("argues, advises, edits and judges in its place", async () => {
    const { answer, gate } = await evolve(
      { positive: "side", advisor: "advisor", editor: "editor", judge: "judge" },
      `export const side = ({ side }) => ({
         position: () => ({ arguments: [{ iteration: 1, side, stage: "position", text: "Fine." }] }),
         crossReview: () => ({}),
       });
       export const advisor = () => () => ({ suggestions: ["Halve it."] });
       export const editor = () => (state) => ({ rewrite: state.response.slice(0, 2) });
       export const judge = ({ agent }) => () => ({ readings: [{ agent: agent.name, model: agent.model,
         view: "plain", outcome: "answered", winner: "b", scores: null, score: null }] });`,
    );
    expect(answer).toMatchObject({
      after: "Lo",
      rounds: 1,
      rewrites: [{ suggestions: ["Halve it."] }],
    });
    expect(gate.addresses()).toEqual(["critical 0", "critical 1"]);
  });

  it.each([
    [
      "positive",
      "() => ({ position: () => { throw new Error('no') }, crossReview: () => ({}) })",
      "node_failed",
    ],
    [
      "critical",
      "() => ({ position: () => ({ arguments: 1 }), crossReview: () => ({}) })",
      "bad_node",
    ],
    ["advisor", "() => () => ({})", "bad_node"],
    ["advisor", "() => () => ({ suggestions: ['1', '2', '3', '4'] })", "bad_node"],
    ["editor", "() => () => ({})", "bad_node"],
    ["editor", "() => () => { throw null; }", "node_failed"],
    ["judge", "() => () => ({ readings: 1 })", "bad_node"],
  ])("ends the answer where the %s fails (%s)", async (role, factory, reason) => {
    const { answer } = await evolve({ [role]: "own" }, `export const own = ${factory};`);
    expect(answer).toMatchObject({ after: "Long.", rounds: 0, endedEarly: { reason } });
    expect(answer?.endedEarly?.detail).toContain(role);
  });

  it("ends it once where both debaters fail in one step", async () => {
    const { answer } = await evolve(
      { positive: "own", critical: "own" },
      "export const own = () => ({ position: () => { throw new Error('no') }, crossReview: () => ({}) });",
    );
    expect(answer?.endedEarly?.reason).toBe("node_failed");
  });
});
