import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { loadPrices, priceTable } from "../models/cost/prices.ts";
import { createGate } from "../models/gate/gate.ts";
import { promptDirectory } from "../prompts/load-prompt.ts";
import { buildGenerator } from "./build/build-generator.ts";
import { buildEvolution } from "./build/build-evolution.ts";
import { buildEvaluator } from "./build/build-evaluator.ts";
import { loadTopology } from "./load/load-topology.ts";
import { isEvaluatorTopology } from "./kinds/kinds.ts";

const directory = import.meta.dirname;
const presets = readdirSync(directory, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".yaml"))
  .sort();

const context = { gate: createGate(), environment: {}, promptDirectory };

function build(path: string) {
  const topology = loadTopology(path, { models: ["sim:anyone"] });
  if (topology.graph === "coevol") return buildEvolution(topology, context);
  return isEvaluatorTopology(topology)
    ? buildEvaluator(topology, context)
    : buildGenerator(topology, context);
}

describe("the presets", () => {
  it("are there for every graph of the contract's first examples", () => {
    expect(presets).toEqual(
      expect.arrayContaining([
        "coevol.yaml",
        "debate.yaml",
        "feedback-loop.yaml",
        "judge.yaml",
        "jury.yaml",
        "single.yaml",
      ]),
    );
  });

  it.each(presets)("load and build with simulated models: %s", async (preset) => {
    const built = await build(join(directory, preset));
    // Checks ask no model.
    if (preset === "checks.yaml") return expect(built.agents).toEqual([]);
    expect(built.agents.length).toBeGreaterThan(0);
    expect(new Set(built.agents.map(({ name }) => name)).size).toBe(built.agents.length);
    for (const { model } of built.agents) expect(model).toBe("sim:anyone");
    expect(Object.keys(built.prompts).length).toBeGreaterThan(0);
  });

  it.each(presets)("name models that there are providers for: %s", (preset) => {
    expect(() => loadTopology(join(directory, preset))).not.toThrow();
  });

  it("name models that have a price, so that a budget can be set", () => {
    const priceOf = loadPrices(priceTable);
    const models = presets.flatMap((preset) =>
      [...readFileSync(join(directory, preset), "utf8").matchAll(/\bmodel: "([^"]+)"/g)].map(
        ([, model = ""]) => model,
      ),
    );
    expect(models.length).toBeGreaterThan(presets.length);
    expect(models.filter((model) => priceOf(model) === null)).toEqual([]);
  });

  it.each(presets)("name their schema for editors, then say what they are: %s", (preset) => {
    const [first = "", second = ""] = readFileSync(join(directory, preset), "utf8").split("\n");
    const schema = /^# yaml-language-server: \$schema=(\S+)$/.exec(first)?.[1] ?? "";
    expect(resolve(directory, dirname(preset), schema)).toBe(join(directory, "schema.json"));
    expect(second).toMatch(/^# \S.*\.$/);
  });

  it("hold the feedback loop of the contract: one reviewer by the name of reviewer", () => {
    const topology = loadTopology(join(directory, "feedback-loop.yaml"));
    expect(topology).toMatchObject({
      graph: "feedback-loop",
      iterations: 3,
      branch: false,
      pairs: "comparisons",
      agents: { generator: { name: "generator" }, reviewers: [{ name: "reviewer" }] },
      evaluator: { graph: "judge", strategy: "combined", scale: 10 },
    });
  });
});
