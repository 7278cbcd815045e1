import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { promptDirectory } from "../prompts/load-prompt.ts";
import { pair, question } from "../tests/graphs-on-gate.ts";
import { workInDirectory } from "../tests/own-code.ts";
import { createRecordingGate, type Answer } from "../tests/recording-gate.ts";
import { scores } from "../tests/written-answers.ts";
import { buildEvaluator } from "../topologies/build/build-evaluator.ts";
import { loadTopology } from "../topologies/load/load-topology.ts";
import type { EvaluatorTopology } from "../topologies/kinds/evaluators.ts";

const row = { number: 1, id: "row-1" };
const prompt = [...question];

describe("a custom judge, juror or debater", () => {
  async function evaluate(yaml: string, module: string, script: Readonly<Record<string, Answer>>) {
    const directory = workInDirectory({ "own.ts": module, "it.yaml": yaml });
    const topology = loadTopology(join(directory, "it.yaml"), { allowCode: true });
    const gate = createRecordingGate(script);
    const built = await buildEvaluator(topology as EvaluatorTopology, {
      gate,
      environment: {},
      promptDirectory,
    });
    const { recursionLimit } = built;
    const result = await built.graph.invoke({ row, prompt, pair }, { recursionLimit });
    return { gate, ...result };
  }
  const judge = "graph: judge\nagents: { judge: { node: ./own.ts#own } }";
  const jury = `graph: jury
agents:
  jurors:
    - { name: own, node: ./own.ts#own }
    - { name: other, model: sim:x }`;
  const debate = `graph: debate
rounds: 2
agents:
  debaters:
    - { name: critic, model: sim:x }
    - { name: own, node: ./own.ts#own }`;
  const reading = (more = "") =>
    `{ agent: agent.name, model: agent.model, view: "plain", outcome: "answered", winner: "a", scores: { a: 9, b: 1 }, score: null${more} }`;
  const node = (body: string) => `export const own = ({ agent }) => (state) => { ${body} };`;

  it("judges by rules of its own", async () => {
    const { verdict } = await evaluate(judge, node(`return { readings: [${reading()}] };`), {});
    expect(verdict).toEqual({
      winner: "a",
      scores: { a: 9, b: 1 },
      votes: [{ agent: "judge", model: "none", winner: "a", scores: { a: 9, b: 1 }, parsed: true }],
    });
  });

  it.each([
    ["throw new Error('no rule')", "node_failed", "judge (own.ts#own): threw no rule"],
    ["return {}", "bad_node", "readings: Invalid input: expected array"],
    ["return { readings: [] }", "bad_node", "expected a reading or more"],
    [`return { readings: [${reading(", sure: 1")}] }`, "bad_node", 'unknown key "readings.0.sure"'],
    [`return { readings: [${reading(', agent: "x"')}] }`, "bad_node", "readings.0.agent"],
    [`return { readings: [${reading(', model: "gpt"')}] }`, "bad_node", "readings.0.model"],
    [`return { readings: [${reading()}, ${reading()}] }`, "bad_node", 'of the view "plain"'],
    ["return { verdict: { winner: 'a' } }", "bad_node", "readings"],
  ])("fails its row where it alone judges, with %s", async (body, reason, words) => {
    const { verdict } = await evaluate(judge, node(body), {});
    expect(verdict).toMatchObject({ winner: "none", failure: { reason } });
    expect(verdict?.failure?.detail).toContain(words);
  });

  it("takes no part in the jury's verdict where it fails, as a juror whose call failed", async () => {
    const { verdict } = await evaluate(jury, node("throw new Error('no')"), {
      other: scores(4, 6),
    });
    expect(verdict).toMatchObject({
      winner: "b",
      votes: [
        { agent: "own", winner: "none", parsed: false },
        { agent: "other", winner: "b", parsed: true },
      ],
    });
    expect(verdict?.failure).toBeUndefined();
  });

  const debater = (talk: string, vote: string) =>
    `export const own = ({ agent }) => ({ talk: (state) => { ${talk} }, vote: (state) => { ${vote} } });`;
  const say =
    "return { statements: [{ debater: agent.name, round: state.statements.filter((one) => one.debater === agent.name).length, text: 'I say so.' }] };";
  const voting = `return { readings: [${reading()}] };`;
  const heard = {
    "critic 0": "B is better.",
    "critic 1": "Still.",
    critic: "### Scores\nAssistant 1: 2/10\nAssistant 2: 8/10",
  };
  const script = { ...heard, "critic 2": scores(2, 8) };

  it("speaks in every round and votes", async () => {
    const { verdict, gate } = await evaluate(debate, debater(say, voting), script);
    expect(verdict?.votes.map(({ agent, parsed }) => [agent, parsed])).toEqual([
      ["critic", true],
      ["own", true],
    ]);
    expect(gate.asked("critic 1")).toContain("I say so.");
    expect(gate.addresses()).toEqual(["critic 0", "critic 1", "critic 2"]);
  });

  it.each([
    ["throws", "throw new Error('mute')"],
    ["leaves nothing", "return {};"],
    ["speaks for another", "return { statements: [{ debater: 'critic', round: 0, text: 'x' }] };"],
  ])("is out of the debate where it %s, which goes on without it", async (_, talk) => {
    const { verdict, gate } = await evaluate(debate, debater(talk, voting), script);
    expect(verdict).toMatchObject({ winner: "b", scores: { a: 2, b: 8 } });
    expect(verdict?.votes.find(({ agent }) => agent === "own")?.parsed).toBe(false);
    expect(gate.addresses()).toEqual(["critic 0", "critic 1", "critic 2"]);
    expect(gate.asked("critic 1")).not.toContain("own");
  });

  it("may ask beside its turn in parts of its own, and the rounds are counted right", async () => {
    const talk = `const ask = (part, turn) => agent.ask({
        row: state.row, part, turn, expects: { kind: "text" }, messages: [{ role: "user", content: "?" }],
      });
      const round = state.statements.filter((one) => one.debater === agent.name).length;
      return (async () => {
        await ask("", round);
        await ask("check", round);
        return { statements: [{ debater: agent.name, round, text: "So." }] };
      })();`;
    const withModel = debate.replace("{ name: own,", "{ name: own, prompt: critic, model: sim:x,");
    const { verdict, gate, transcript } = await evaluate(withModel, debater(talk, voting), {
      ...script,
      own: "So.",
    });
    expect(verdict?.failure).toBeUndefined();
    expect(gate.addresses().filter((one) => one.startsWith("own"))).toEqual([
      "own 0",
      "own check 0",
      "own 1",
      "own check 1",
    ]);
    expect(transcript).toHaveLength(7);
  });
});
