import { describe, expect, it } from "vitest";
import { openWorkspace } from "../../tests/workspace.ts";
import { limitsOf } from "../limits-of.ts";
import { listAgents } from "../load/list-agents.ts";
import { loadTopology, type TopologyChanges } from "../load/load-topology.ts";
import { referenceColumns } from "../reference-columns.ts";
import type { CascadeTopology } from "./cascade.ts";

const judge = (settings: object = {}) => ({
  graph: "judge",
  agents: { judge: { model: "sim:judge" } },
  ...settings,
});

function load(topology: object, changes: TopologyChanges = {}) {
  const space = openWorkspace();
  space.write("strong.yaml", JSON.stringify(judge({ scale: 100, reference: "solution" })));
  return loadTopology(space.write("cascade.yaml", JSON.stringify(topology)), changes);
}

const cascade = (...steps: object[]) => ({ graph: "cascade", steps });
const fromFile = cascade(judge(), { file: "strong.yaml", marginAtMost: 2 });

describe("a cascade in a topology file", () => {
  it("takes steps inline or from files, with the margin beside the file", () => {
    const topology = load(fromFile);
    expect(topology).toMatchObject({
      steps: [
        { graph: "judge", scale: 10 },
        { graph: "judge", scale: 100, marginAtMost: 2 },
      ],
    });
    expect(listAgents(topology).map(({ name }) => name)).toEqual(["judge", "step-2.judge"]);
    expect(referenceColumns(topology).read).toEqual(["reference", "solution"]);
  });

  it("has its margins and models given on the command line", () => {
    const sets = ["steps.1.marginAtMost=0.5", "steps.1.file=strong.yaml"];
    const models = ["judge=sim:all", "step-2.judge=sim:strong"];
    const topology = load(fromFile, { sets, models }) as CascadeTopology;
    expect(topology.steps[1]).toMatchObject({ scale: 100, marginAtMost: 0.5 });
    expect(listAgents(topology).map(({ model }) => model)).toEqual(["sim:all", "sim:strong"]);
  });

  it("is an evaluator inside other graphs", () => {
    const limits = { sim: { concurrency: 2 } };
    const topology = load({
      graph: "single",
      samples: 2,
      agents: { generator: { model: "sim:oak" } },
      evaluator: { ...fromFile, limits },
    });
    expect(listAgents(topology).map(({ name }) => name)).toEqual([
      "generator",
      "judge",
      "step-2.judge",
    ]);
    expect(limitsOf(topology)).toEqual(limits);
  });

  it.each([
    ["one step", cascade(judge()), /steps: expected at least 2/],
    [
      "a margin of the first step",
      cascade(judge({ marginAtMost: 1 }), judge({ marginAtMost: 1 })),
      /steps\.0\.marginAtMost: the first step takes every row/,
    ],
    [
      "a margin of no scores",
      cascade(judge({ strategy: "direct" }), judge({ marginAtMost: 1 })),
      /steps\.1\.marginAtMost: the step before gives no scores/,
    ],
    [
      "a negative margin",
      cascade(judge(), judge({ marginAtMost: -1 })),
      /steps\.1\.marginAtMost: expected .*0/,
    ],
    [
      "other keys beside a file",
      cascade(judge(), { file: "strong.yaml", scale: 5 }),
      /steps\.1: expected file: NAME with nothing but marginAtMost beside it/,
    ],
    [
      "a misspelt margin",
      cascade(judge(), judge({ marginAtmost: 1 })),
      /unknown key "marginAtmost".*Did you mean "marginAtMost"/,
    ],
    [
      "a cascade in a cascade",
      cascade(judge(), fromFile),
      /steps\.1\.graph: expected one of judge, jury, debate, checks, person; got "cascade"/,
    ],
    [
      "a rule of the step's own kind that is broken",
      cascade(judge(), judge({ marginAtMost: 1, reading: "letter" })),
      /letter needs strategy: direct/,
    ],
  ])("refuses %s", (_, topology, message) => {
    expect(() => load(topology)).toThrow(message);
  });
});
