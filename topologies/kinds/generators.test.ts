import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGate } from "../../models/gate/gate.ts";
import { promptDirectory } from "../../prompts/load-prompt.ts";
import { callKey, type CallRecord } from "../../state/calls/call-record.ts";
import { evaluators, generators, type Combined } from "../../tests/combinations.ts";
import { drawnNodes, watchNodes } from "../../tests/visited-nodes.ts";
import { openEvolution, openGenerator } from "../open-topology.ts";
import { kinds } from "./kinds.ts";

/**
 * What every graph that writes or improves responses keeps to; a new one joins by a line in
 * `tests/combinations.ts`.
 */

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "fellowship-generators-"));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const row = { number: 1, id: "one" };
const question = { role: "user" as const, content: "Why is the sky blue?" };
const answer = { role: "assistant" as const, content: "It scatters." };
const context = { gate: createGate(), environment: {}, promptDirectory };

/** The result of a row, of any command. */
type Left = {
  readonly texts: readonly string[];
  readonly failure: { readonly reason: string } | null | undefined;
  readonly transcript: readonly CallRecord[];
};

async function run({ command, topology }: Combined, models: readonly string[] = []) {
  const file = join(directory, "topology.yaml");
  writeFileSync(file, JSON.stringify(topology(evaluators["judge, combined"] ?? {})));
  const watch = watchNodes();
  const callbacks = [watch.handler];
  const opened = await (command === "generate" ? openGenerator : openEvolution)(file, { models });
  const built = await opened.build(context);
  const config = { recursionLimit: built.recursionLimit, callbacks };
  const left = await invoke(built.graph, command, config);
  const method = "method" in built ? built.method : built.graph;
  return {
    ...left,
    steps: opened.steps,
    visited: watch.visited(),
    drawn: await drawnNodes(method),
  };
}

async function invoke(
  graph: { readonly invoke: (input: never, config: object) => Promise<object> },
  command: Combined["command"],
  config: object,
): Promise<Left> {
  const input =
    command === "generate"
      ? { row, prompt: [question] }
      : { row, conversation: [question, answer] };
  const told = (await graph.invoke(input as never, config)) as {
    responses?: { text: string }[];
    answers?: { rewrites: { text: string }[]; endedEarly: Left["failure"] }[];
    failure?: Left["failure"];
    transcript: CallRecord[];
  };
  const { responses = [], answers = [], failure = answers[0]?.endedEarly, transcript } = told;
  const texts = [...responses, ...answers.flatMap(({ rewrites }) => rewrites)];
  return { texts: texts.map(({ text }) => text), failure, transcript };
}

it("has one answer judged that challenges the response of the step before", async () => {
  const generator = { model: "sim:oak?skill=0.5" };
  const single = (evaluator: object) => ({ graph: "single", agents: { generator }, evaluator });
  const { texts, transcript } = await run({
    command: "generate",
    topology: (evaluator) => ({ graph: "chain", steps: [single(evaluator), single(evaluator)] }),
  });
  expect(texts).toHaveLength(2);
  expect(transcript.map(({ agent }) => agent)).toEqual([
    "generator",
    "step-2.generator",
    "step-2.judge",
  ]);
});

it("has an example of each kind among the combinations", () => {
  const shown = Object.values(generators).flatMap(({ topology }) => graphsIn(topology({})));
  const listed = kinds.filter((kind) => "generate" in kind || "evolve" in kind);
  expect([...new Set(shown)].sort()).toEqual(listed.map(({ graph }) => graph).sort());
});

function graphsIn(topology: object): string[] {
  const { graph, steps = [] } = topology as { graph: string; steps?: object[] };
  return [graph, ...steps.flatMap(graphsIn)];
}

describe.each(Object.entries(generators))("%s", (_, combined) => {
  it("writes texts, with no call but those forecast, each at an address of its own", async () => {
    const { texts, failure, transcript, steps, visited, drawn } = await run(combined);
    expect(failure ?? null).toBeNull();
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.every((text) => text !== "")).toBe(true);
    const keys = transcript.map((record) => JSON.stringify(callKey(record)));
    expect(new Set(keys).size).toBe(keys.length);
    const calls = steps.flatMap((step) => step.calls.map(({ copies }) => copies * step.times));
    expect(transcript.length).toBeLessThanOrEqual(calls.reduce((sum, times) => sum + times, 0));
    expect(drawn.filter((name) => !visited.includes(name))).toEqual([]);
  });

  it("fails its row alone where a call comes to nothing, with the call in the transcript", async () => {
    const nothing = join(directory, "nothing.jsonl");
    writeFileSync(nothing, "");
    const { failure, transcript } = await run(combined, [`replay:${nothing}`]);
    // CoEvol ends for want of an argument, whatever its debaters' calls came to.
    expect(["not_recorded", "no_argument"]).toContain(failure?.reason);
    expect(transcript.length).toBeGreaterThan(0);
    expect(transcript.every(({ outcome }) => outcome === "not_recorded")).toBe(true);
  });
});
