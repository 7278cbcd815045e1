import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { createGate } from "../../models/gate/gate.ts";
import { promptDirectory } from "../../prompts/load-prompt.ts";
import { buildGraph } from "../../studio/build-graph.ts";
import { readPreset } from "../../studio/preset.ts";
import { studioBuilder } from "../../studio/studio-builder.ts";
import { countJudges } from "../../topologies/count-judges.ts";
import { drawTopology } from "../../topologies/draw-topology.ts";
import { topologyJsonSchema } from "../../topologies/load/topology-json-schema.ts";
import { loadTopology } from "../../topologies/load/load-topology.ts";
import { openEvaluator, openGenerator } from "../../topologies/open-topology.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

// Adds the line to the list `topologies/kinds/evaluators.ts`, in the place of the
// jury's.
vi.mock("../../topologies/kinds/jury.ts", async () => {
  const { shortest } = await import("./shortest-kind.ts");
  return { jury: shortest };
});

/** A graph, a kind and a line in a list make an evaluator for every command, and for Studio. */

const row = { number: 1, id: "one" };
const prompt = [{ role: "user" as const, content: "Why is the sky blue?" }];
const pair = { a: { text: "It scatters blue light." }, b: { text: "Scattering." } };
const context = { gate: createGate(), environment: {}, promptDirectory };

function write(name: string, text: string): string {
  return join(temporaryDirectory({ [name]: text }), name);
}

it("is loaded, built, forecast, counted and drawn", async () => {
  const file = write("shortest.yaml", "graph: shortest\n");
  const { topology, steps, build } = await openEvaluator(file, {});
  const { graph, ordered, agents } = await build(context);
  expect({ steps, ordered, agents }).toEqual({ steps: [], ordered: false, agents: [] });
  const { verdict } = await graph.invoke({ row, prompt, pair });
  expect(verdict).toMatchObject({ winner: "b" });
  expect(countJudges(topology)).toBe(0);
  expect(await drawTopology(file)).toContain("compare");
});

it("judges inside other graphs", async () => {
  const generator = "{ model: sim:oak }";
  const text = `graph: single\nsamples: 2\nagents: { generator: ${generator} }\nevaluator: { graph: shortest }\n`;
  const { build } = await openGenerator(write("single.yaml", text), {});
  const { graph, recursionLimit } = await build(context);
  const { responses, best } = await graph.invoke({ row, prompt }, { recursionLimit });
  const lengths = responses.map((response) => response.text.length);
  expect(lengths[best]).toBe(Math.min(...lengths));
});

it("is in messages and in the JSON Schema", async () => {
  const file = write("single.yaml", "graph: single\nagents: { generator: { model: sim:oak } }\n");
  await expect(openEvaluator(file, {})).rejects.toThrow("evaluate takes judge, shortest, debate");
  expect(() => loadTopology(write("other.yaml", "graph: other\n"))).toThrow("shortest");
  expect(topologyJsonSchema()["definitions"]).toHaveProperty("shortest");
});

it("is served to Studio", async () => {
  const preset = readPreset(write("shortest.yaml", "graph: shortest\n"), []);
  const graph = (await buildGraph(preset.topology, studioBuilder(preset))) as {
    invoke: (input: object) => Promise<object>;
  };
  expect(await graph.invoke({ prompt, pair })).toMatchObject({ verdict: { winner: "b" } });
  await expect(graph.invoke({ prompt })).rejects.toThrow(
    "pair: is missing; the input of shortest holds prompt and pair.",
  );
});
