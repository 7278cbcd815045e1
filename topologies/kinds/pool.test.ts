import { expect, it } from "vitest";
import { openWorkspace } from "../../tests/workspace.ts";
import { loadTopology } from "../load/load-topology.ts";

const generators = [{ name: "oak", model: "sim:oak" }, { model: "sim:elm" }];
const judge = (strategy: string) => ({
  graph: "judge",
  strategy,
  agents: { judge: { model: "sim:judge" } },
});

function load(settings: object) {
  const evaluator = judge("combined");
  const topology = { graph: "pool", agents: { generators }, evaluator, ...settings };
  return loadTopology(openWorkspace().write("pool.yaml", JSON.stringify(topology)));
}

it("has the defaults of the contract, and a name for each generator", () => {
  expect(load({ onPolicy: "generator-2", margin: [0, 2.5] })).toMatchObject({
    samples: 1,
    rank: "pairwise",
    pairs: "best-worst",
    agents: { generators: [{ name: "oak" }, { name: "generator-2" }] },
  });
});

it.each([
  ["too few responses", { agents: { generators: generators.slice(1) } }, /2 to 32.*got 1/],
  ["too many", { samples: 17 }, /2 to 32.*got 34/],
  ["another's responses", { onPolicy: "ash" }, /onPolicy: .*oak, generator-2 \(got ash\)/],
  ["margins turned round", { margin: [3, 1] }, /margin: .*lower one first/],
  ["margins of no scores", { margin: [1, 3], evaluator: judge("direct") }, /margin: needs scores/],
  ["scores of pairs", { rank: "scores" }, /rank: scores needs .*strategy: independent/],
  ["an unknown rule", { pairs: "best-first" }, /pairs: .*best-worst/],
])("refuses %s", (_, settings, message) => {
  expect(() => load(settings)).toThrow(message);
});
