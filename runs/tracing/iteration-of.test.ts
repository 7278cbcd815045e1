import { describe, expect, it } from "vitest";
import { iterationOf } from "./iteration-of.ts";
import type { TracedRun } from "./traced-run.ts";

/** A call below nodes and graphs, outermost first; `judge*2` ran for the second time. */
function call(path: readonly string[], metadata: Record<string, unknown> = { part: "" }) {
  let parent: TracedRun | null = null;
  for (const step of path) {
    const [name = "", time = "1"] = step.split("*");
    parent = { parent, name, time: Number(time), type: "chain", metadata: {} } as TracedRun;
  }
  return { parent, name: "call", time: 3, type: "llm", metadata } as const;
}

describe("the iteration of a call", () => {
  it.each([
    ["1 where nothing repeats", [], { part: "" }, 1],
    ["the how-manieth time its node runs", ["loop", "generator*3"], { part: "" }, 3],
    ["that of the node around its graph", ["coevol", "judge*2", "judge", "judge"], { part: "" }, 2],
    ["the round that its part names", ["loop", "evaluator", "judge"], { part: "round-2" }, 2],
    ["also among others", ["loop", "evaluator"], { part: "step-2.round-12.swapped" }, 12],
    [
      "the next after the review that a branch follows",
      ["loop", "g"],
      { part: "branch-x", turn: 0 },
      2,
    ],
    [
      "its own, not that of the answer",
      ["root", "evolution*2", "coevol", "editor"],
      { part: "turn-2" },
      1,
    ],
  ])("is %s", (_, path, metadata, iteration) => {
    expect(iterationOf(call(path, metadata))).toBe(iteration);
  });

  it("is not counted up by asking again", () => {
    expect(iterationOf(call(["judge", "judge"], { part: "", turn: 2 }))).toBe(1);
  });
});
