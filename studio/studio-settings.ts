import * as z from "zod";
import type { TopologyChanges } from "../topologies/load/load-topology.ts";
import { listAgents } from "../topologies/load/list-agents.ts";
import {
  coevolTopology,
  debateTopology,
  feedbackLoopTopology,
  judgeTopology,
  juryTopology,
  singleTopology,
  type Topology,
} from "../topologies/schema/topology-schema.ts";

/** What a run in Studio may be given beside its input; all of it has the topology's own values as defaults. */
export type StudioSettings = {
  /** Agent to model spec. */
  readonly models?: Readonly<Record<string, string>>;
  readonly evaluator?: StudioSettings;
  /** Keys of the topology. */
  readonly [key: string]: unknown;
};

const asking = ["strategy", "scale", "orders", "reasks"];
/** Which keys may differ from run to run: those that models are asked by, and how often; not who takes part. */
const adjustable = {
  judge: { keys: asking, shape: judgeTopology.shape },
  jury: { keys: asking, shape: juryTopology.shape },
  debate: { keys: ["rounds", "scale", "reasks"], shape: debateTopology.shape },
  single: { keys: ["samples"], shape: singleTopology.shape },
  "feedback-loop": { keys: ["iterations"], shape: feedbackLoopTopology.shape },
  coevol: { keys: ["maxIterations", "verdict", "reasks"], shape: coevolTopology.shape },
} as const;

/** The field `settings` of a topology's graphs in Studio, with the topology's own values as defaults. */
export function studioSettings(topology: Topology): z.ZodType<StudioSettings> {
  const models = Object.fromEntries(
    listAgents(topology).map(({ name, model }) => [
      name,
      z.string().describe(`The model of ${name}, as provider:model`).default(model),
    ]),
  );
  const shape = { models: withAllDefaults(models), ...keysOf(topology) };
  return withAllDefaults(shape).describe("What to run it with; models go by agent");
}

function keysOf(topology: Topology): Record<string, z.ZodType> {
  if (topology.graph === "chain") {
    const steps = topology.steps.map((step, index) => [index, withAllDefaults(keysOf(step))]);
    const counted = "Of each step; the first is 0, as in --set steps.0.iterations=2";
    return { steps: withAllDefaults(Object.fromEntries(steps)).describe(counted) };
  }
  const { keys, shape } = adjustable[topology.graph];
  const values = topology as unknown as Record<string, unknown>;
  const fields = Object.fromEntries(
    keys
      // One answer needs nobody to choose among several, so there is none that could.
      .filter((key) => key !== "samples" || "evaluator" in topology)
      .map((key) => {
        const field = (shape as unknown as Record<string, z.ZodDefault<z.ZodType>>)[key];
        if (field === undefined) throw new Error(`${topology.graph} has no key ${key}`);
        return [key, field.unwrap().default(values[key])];
      }),
  );
  const inner = "evaluator" in topology ? topology.evaluator : undefined;
  return inner === undefined ? fields : { ...fields, evaluator: withAllDefaults(keysOf(inner)) };
}

/** An object whose own default is that of all its fields, so that a form shows them. */
function withAllDefaults(shape: Record<string, z.ZodType>) {
  const object = z.strictObject(shape);
  return object.default(object.parse({}));
}

/** The changes to a topology that settings come to, as the command line would make them. */
export function topologyChanges({ models = {}, ...keys }: StudioSettings): TopologyChanges {
  return {
    models: Object.entries(models).map(([agent, spec]) => `${agent}=${spec}`),
    sets: dotted(keys, ""),
  };
}

function dotted(values: Readonly<Record<string, unknown>>, prefix: string): string[] {
  return Object.entries(values).flatMap(([key, value]) =>
    typeof value === "object" && value !== null
      ? dotted(value as Record<string, unknown>, `${prefix}${key}.`)
      : [`${prefix}${key}=${JSON.stringify(value)}`],
  );
}
