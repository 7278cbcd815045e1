import type { Builder } from "../topologies/session/builder.ts";
import { inputs } from "./graph-input.ts";
import type { Preset } from "./preset.ts";
import { settledNode } from "./settled-node.ts";
import { withSettings } from "./with-settings.ts";

/**
 * The builder of a preset's graph. LangGraph fixes a graph's nodes when it is compiled, while
 * models and settings come with the input of each run: so every node is made anew from those of its
 * run.
 */
export function studioBuilder<Topology>(preset: Preset<Topology>): Builder<Topology> {
  const { topology, wholeOf, partOf } = preset;
  return {
    topology,
    part: async (make) => ({
      made: null,
      node: (pick) =>
        settledNode(preset, async (settled, session) => pick(await make(settled, session))),
    }),
    setting: (read) => (state) => read(partOf(wholeOf(state))),
    evaluator: (read) => {
      const inner = read(topology);
      if (inner === undefined) throw new Error("the preset has no such evaluator");
      return studioBuilder({
        ...preset,
        topology: inner,
        partOf: (whole) => read(partOf(whole)) ?? inner,
        needs: inputs.evaluate.needs,
        isInside: true,
      });
    },
    schemas: (own) => withSettings(own, preset),
  };
}
