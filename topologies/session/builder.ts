import type { BuildSession } from "./build-session.ts";

/** Something that nodes are taken from: an agent with its prompt, or the nodes of one agent. */
export type Part<Made> = {
  /** Null where the part is made anew for each run, as Studio does. */
  readonly made: Made | null;
  readonly node: <Node>(pick: (made: Made) => Node) => Node;
};

/**
 * How a kind of graph gets its nodes and settings, so that it is composed in one place. A run makes
 * them once, from one topology (`sessionBuilder`); Studio makes them anew from the settings of each
 * run, while the graph stays the same.
 */
export type Builder<Topology> = {
  /** Fixes who takes part; read settings that a run may change by `setting`. */
  readonly topology: Topology;
  readonly part: <Made>(
    make: (topology: Topology, session: BuildSession) => Promise<Made>,
  ) => Promise<Part<Made>>;
  readonly setting: (read: (topology: Topology) => number) => number | ((state: object) => number);
  /** The builder of an evaluator inside this graph. */
  readonly evaluator: <Inner>(read: (topology: Topology) => Inner | undefined) => Builder<Inner>;
  /** These schemas with more fields, or undefined where the graph's own will do. */
  readonly schemas: <Schemas extends object>(own: Schemas) => Schemas | undefined;
};

/** Makes everything at once, from one topology and in one session. */
export function sessionBuilder<Topology>(
  topology: Topology,
  session: BuildSession,
): Builder<Topology> {
  return {
    topology,
    part: async (make) => {
      const made = await make(topology, session);
      return { made, node: (pick) => pick(made) };
    },
    setting: (read) => read(topology),
    evaluator: (read) => {
      const inner = read(topology);
      if (inner === undefined) throw new Error("the topology has no such evaluator");
      return sessionBuilder(inner, session);
    },
    schemas: () => undefined,
  };
}
