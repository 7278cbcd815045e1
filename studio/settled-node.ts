import type { RunnableConfig } from "@langchain/core/runnables";
import type * as z from "zod";
import { FellowshipError } from "../state/fellowship-error.ts";
import { loadTopology } from "../topologies/load/load-topology.ts";
import type { Topology } from "../topologies/schema/topology-schema.ts";
import type { BuildSession } from "../topologies/build/build-session.ts";
import { inputs, refuseMissing } from "./new-input.ts";
import { oneError } from "./one-error.ts";
import { openRunSession } from "./run-session.ts";
import { studioSettings, topologyChanges, type StudioSettings } from "./studio-settings.ts";

type Settled = { readonly settings?: StudioSettings | undefined };

/** A preset, and what a run's settings make of it. */
export type Preset<Kind extends Topology> = {
  readonly topology: Kind;
  /** The schema of the field `settings`. */
  readonly settings: z.ZodType<StudioSettings>;
  /** The topology with the settings of this state in place. */
  readonly topologyOf: (state: object) => Kind;
  /** True of the evaluator inside another graph, which is handed that one's state. */
  readonly isInside: boolean;
};

/** @param path Of the topology file; `models` are changed for all runs (`--model`). */
export function readPreset<Kind extends Topology>(
  path: string,
  models: readonly string[],
): Preset<Kind> {
  // The kind is the caller's word: it names the files of its graph.
  const topology = loadTopology(path, { models }) as Kind;
  const schema = studioSettings(topology);
  return {
    topology,
    settings: schema,
    topologyOf: (state) => {
      const settings = readSettings(schema, (state as Settled).settings);
      return loadTopology(path, topologyChanges(settings)) as Kind;
    },
    isInside: false,
  };
}

function readSettings(schema: z.ZodType<StudioSettings>, settings: unknown): StudioSettings {
  const read = schema.safeParse(settings);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const key = ["settings", ...(issue?.path ?? [])].join(".");
  throw new FellowshipError("bad_usage", `${key}: ${issue?.message ?? "not as expected"}.`, {
    facts: { key },
  });
}

/** The evaluator of a preset, which goes by the same settings. */
export function innerPreset<Kind extends Topology, Inner extends Topology>(
  { settings, topologyOf }: Preset<Kind>,
  inner: (topology: Kind) => Inner | undefined,
  topology: Inner,
): Preset<Inner> {
  return {
    topology,
    settings,
    topologyOf: (state) => inner(topologyOf(state)) ?? topology,
    isInside: true,
  };
}

type Action = (state: never, config: RunnableConfig) => unknown;

/**
 * A node that is made anew of each run's settings. LangGraph fixes a graph's nodes when it is compiled, while models and
 * strategy come with the input.
 *
 * @param make Makes the node from the topology of the run.
 * @param needs What the state must hold; the input of the topology's graph where not given.
 */
export function settledNode<Kind extends Topology, Node>(
  { topology: { graph }, topologyOf }: Preset<Kind>,
  make: (topology: Kind, workshop: BuildSession) => Promise<Node>,
  needs: readonly string[] = inputs[graph],
): Node {
  async function made(state: object, config: RunnableConfig): Promise<Node> {
    try {
      const topology = topologyOf(state);
      refuseMissing(topology.graph, needs, state);
      return await make(topology, openRunSession(topology, config));
    } catch (error) {
      throw oneError(error, config);
    }
  }

  async function settled(state: object, config: RunnableConfig): Promise<unknown> {
    const node = await made(state, config);
    if (typeof node === "function") return (node as unknown as Action)(state as never, config);
    return (node as { invoke: Action }).invoke(state as never, config);
  }
  // A node is a function or a runnable; this one stands in for either.
  return settled as unknown as Node;
}
