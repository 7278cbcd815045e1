import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { modelsByTopology } from "./models-by-topology.ts";

const paths = ["judge", "jury"].map((name) =>
  join(import.meta.dirname, "..", "..", "topologies", `${name}.yaml`),
);
const assign = (...models: string[]) => modelsByTopology(paths, { models });

describe("modelsByTopology", () => {
  it("gives an agent's model to the topologies that have the agent, and others to all", async () => {
    expect(await assign("sim:oak", "judge=sim:ash", "gpt-4o=sim:yew")).toEqual([
      ["sim:oak", "judge=sim:ash"],
      ["sim:oak", "gpt-4o=sim:yew"],
    ]);
  });

  it("refuses an agent that no topology has", async () => {
    await expect(assign("jugde=sim:oak")).rejects.toThrow('no agent "jugde"');
  });
});
