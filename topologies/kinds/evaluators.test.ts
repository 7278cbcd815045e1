import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGate } from "../../models/gate/gate.ts";
import { promptDirectory } from "../../prompts/load-prompt.ts";
import { callKey } from "../../state/calls/call-record.ts";
import { evaluators } from "../../tests/combinations.ts";
import { drawnNodes, watchNodes } from "../../tests/visited-nodes.ts";
import { buildEvaluator } from "../build/build-evaluator.ts";
import { loadForCommand } from "../load/load-for-command.ts";
import { evaluatorKind, evaluatorKinds } from "./evaluators.ts";

/**
 * What every evaluator of the list keeps to; a new one joins by a line in `tests/combinations.ts`.
 */

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "fellowship-evaluators-"));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const input = {
  row: { number: 1, id: "one" },
  prompt: [{ role: "user" as const, content: "Why is the sky blue?" }],
  pair: { a: { text: "It scatters the blue light most." }, b: { text: "It reflects the sea." } },
};

function open(topology: object, models: readonly string[] = []) {
  const file = join(directory, "topology.yaml");
  writeFileSync(file, JSON.stringify(topology));
  return loadForCommand("evaluate", file, { models });
}

async function run(topology: object, models: readonly string[] = []) {
  const opened = open(topology, models);
  const context = { gate: createGate(), environment: {}, promptDirectory };
  const { graph, recursionLimit } = await buildEvaluator(opened, context);
  const watch = watchNodes();
  const left = await graph.invoke(input, { recursionLimit, callbacks: [watch.handler] });
  return { ...left, opened, visited: watch.visited, drawn: await drawnNodes(graph) };
}

/**
 * A cassette whose every answer, for every agent, is this text; `talk` are the turns before a vote.
 */
function cassette(content: string, talk: readonly string[] = []): string {
  const file = join(directory, "cassette.jsonl");
  const lines = ["", "a", "b", "swapped"].flatMap((part) =>
    Array.from({ length: 6 }, (_, turn) => ({
      row: "one",
      part,
      turn,
      content: talk[turn] ?? content,
    })),
  );
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return `replay:${file}`;
}

/** A tie in every form that a judge is asked for. */
const tie = [
  "Score Assistant A: 5/10",
  "Score Assistant B: 5/10",
  "Overall Score: 5/10",
  "Answer: C",
].join("\n");

it("has an example of each kind among the combinations", () => {
  const shown = Object.values(evaluators).map((one) => (one as { graph: string }).graph);
  expect([...new Set(shown)].sort()).toEqual(evaluatorKinds.map(({ graph }) => graph).sort());
});

const asking = Object.entries(evaluators).filter(([, topology]) => "agents" in topology);

describe.each(Object.entries(evaluators))("%s", (_, topology) => {
  it("decides, at an address of its own for every call, as many as forecast", async () => {
    const { verdict, transcript, opened, visited, drawn } = await run(topology);
    expect(["a", "b", "tie"]).toContain(verdict?.winner);
    expect(verdict?.failure).toBeUndefined();
    const keys = transcript.map((record) => JSON.stringify(callKey(record)));
    expect(new Set(keys).size).toBe(keys.length);
    const steps = evaluatorKind(opened).evaluate.forecast(opened);
    const calls = steps.flatMap((step) => step.calls.map(({ copies }) => copies * step.times));
    expect(transcript).toHaveLength(calls.reduce((sum, times) => sum + times, 0));
    // Nothing ran that is not drawn, and a row without failures runs everything that is drawn.
    expect(visited()).toEqual(drawn);
    const voters = new Set(verdict?.votes.map(({ agent }) => agent));
    const judges = evaluatorKind(opened).judges(opened);
    // Checks vote, and none of them is a judge.
    expect(voters.size).toBe(judges === 0 ? verdict?.votes.length : judges);
  });
});

describe.each(asking)("%s, which asks models,", (_, topology) => {
  it("calls a tie a tie", async () => {
    const isDebate = "graph" in topology && topology.graph === "debate";
    const talk = isDebate ? ["Both are as good.", "They are."] : [];
    const { verdict } = await run(topology, [cassette(tie, talk)]);
    expect(verdict).toMatchObject({ winner: "tie" });
    expect(verdict?.votes.every(({ parsed }) => parsed)).toBe(true);
  });

  it.each(["tie", "fail"])("takes unreadable votes as %s", async (onUnparsed) => {
    const told = await run({ ...topology, onUnparsed, reasks: 0 }, [cassette("I can't say.")]);
    expect(told.verdict?.winner).toBe(onUnparsed === "tie" ? "tie" : "none");
    expect(told.verdict?.votes.some(({ parsed }) => parsed)).toBe(false);
  });

  it("fails its row alone where a call comes to nothing, with the call in the transcript", async () => {
    const nothing = join(directory, "nothing.jsonl");
    writeFileSync(nothing, "");
    const { verdict, transcript } = await run({ ...topology, onUnparsed: "fail" }, [
      `replay:${nothing}`,
    ]);
    expect(verdict).toMatchObject({ winner: "none", failure: { reason: "not_recorded" } });
    expect(transcript.length).toBeGreaterThan(0);
    expect(transcript.every(({ outcome }) => outcome === "not_recorded")).toBe(true);
  });
});
