import { createHash } from "node:crypto";
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { describe, expect, it } from "vitest";
import { isWalked, walkerOf } from "../graphs/parts/walk-graph.ts";
import { createGate, type Gate } from "../models/gate/gate.ts";
import { promptDirectory } from "../prompts/load-prompt.ts";
import { GraphTracer } from "../runs/tracing/graph-tracer.ts";
import type { TracedRun } from "../runs/tracing/traced-run.ts";
import { openEvaluator, openEvolution, openGenerator } from "../topologies/open-topology.ts";
import { evaluators, generators } from "./combinations.ts";
import { eachOf } from "./long-tables.ts";
import { openWorkspace } from "./workspace.ts";

/**
 * A run goes through its graphs by `walkerOf`; here LangGraph goes through the same ones, and comes
 * to the same state with the same trace.
 */

/** The gate of simulated models, of which about every twelfth call fails. */
function gateWithFailures(): Gate {
  const gate = createGate();
  return {
    ...gate,
    get halted() {
      return gate.halted;
    },
    async ask(call, endpoint) {
      const { row, agent, part, turn } = call.address;
      const key = JSON.stringify([row.number, agent, part, turn]);
      const [chance = 0] = createHash("sha256").update(key).digest();
      if (chance >= 20) return gate.ask(call, endpoint);
      const nothing = { content: "", finish: null, tokens: null, detail: "it failed" };
      return { agent, part, turn, model: endpoint.spec, outcome: "provider_error", ...nothing };
    },
  };
}

const context = { gate: gateWithFailures(), environment: {}, promptDirectory };
const rows = [1, 2, 3];
const prompt = [{ role: "user" as const, content: "What is a fair coin?" }];
const config = { recursionLimit: 200, configurable: {} };

type Invocable = { invoke: (input: never, config: object) => Promise<unknown> };

/** Beside others a tracer hears nothing directly: all runs and calls come through LangChain. */
class Onlooker extends BaseCallbackHandler {
  readonly name = "onlooker";
  override readonly awaitHandlers = true;
}

/** The trace of a row, by the place of each run in it. */
async function traceOf(
  invoke: Invocable["invoke"],
  input: { readonly row: object },
  beside: readonly Onlooker[] = [],
) {
  const tracer = new GraphTracer(() => true);
  const metadata = { row: 1, row_id: "1" };
  await invoke(input as never, {
    ...config,
    callbacks: [tracer, ...beside],
    runName: "a row",
    tags: ["a graph"],
    metadata,
  });
  const placeOf = ({ name, time, parent }: TracedRun): string =>
    `${parent === null ? "" : placeOf(parent)}/${name} ${time}`;
  const shown = tracer.take(1).map((run) => {
    const { type, inputs, outputs, error, tags, metadata: own } = run;
    const text = JSON.stringify({ inputs, outputs, error });
    return [placeOf(run), { type, text: JSON.parse(text) as unknown, tags: tags.toSorted(), own }];
  });
  return Object.fromEntries(shown) as object;
}

/** Sends rows through a graph in both ways. */
async function compare(graph: Invocable, inputOf: (row: object) => object): Promise<void> {
  expect(isWalked(graph)).toBe(true);
  const walk = walkerOf(graph);
  for (const number of rows) {
    const input = inputOf({ number, id: String(number) }) as never;
    // oxlint-disable-next-line no-await-in-loop -- one row after the other
    expect(await walk(input, config)).toEqual(await graph.invoke(input, config));
  }
  const first = inputOf({ number: 1, id: "1" }) as { readonly row: object };
  const trace = await traceOf(walk, first);
  expect(Object.keys(trace).length).toBeGreaterThan(1);
  const told = await traceOf(graph.invoke.bind(graph), first, [new Onlooker()]);
  expect(trace).toEqual(told);
}

function write(topology: object): string {
  return openWorkspace().write("topology.yaml", JSON.stringify(topology));
}

describe("an evaluator", () => {
  it.each(Object.entries(evaluators))("%s gives the same state and trace", async (_, topology) => {
    const { graph } = await (await openEvaluator(write(topology), {})).build(context);
    const pair = { a: { text: "Its sides are equally likely." }, b: { text: "A round one." } };
    await compare(graph, (row) => ({ row, prompt, pair, references: {} }));
  });
});

const combined = Object.entries(generators).flatMap(([name, one], at) =>
  eachOf(Object.entries(evaluators), 6, at).map(
    ([evaluator, topology]) => [`${name} with ${evaluator}`, one, topology] as const,
  ),
);

describe("a generator", () => {
  it.each(combined)(
    "%s gives the same state and trace",
    async (_, { command, topology }, evaluator) => {
      const path = write(topology(evaluator));
      if (command === "generate") {
        const { graph } = await (await openGenerator(path, {})).build(context);
        return compare(graph, (row) => ({ row, prompt, references: {} }));
      }
      const { graph } = await (await openEvolution(path, {})).build(context);
      const answer = { role: "assistant" as const, content: "A round one." };
      const conversation = [...prompt, answer, ...prompt, answer];
      return compare(graph, (row) => ({ row, conversation, references: {} }));
    },
  );
});
