import * as z from "zod";
import type { TopologyChanges } from "../topologies/load/load-topology.ts";
import { kindOf, type EvolutionTopology, type Topology } from "../topologies/kinds/kinds.ts";
import { listAgents } from "../topologies/load/list-agents.ts";
import { section } from "../topologies/schema/agent-schema.ts";

/**
 * What a run in Studio may be given beside its input; all of it has the topology's own values as
 * defaults.
 */
export type StudioSettings = {
  /** Agent to model spec. */
  readonly models?: Readonly<Record<string, string>>;
  readonly evaluator?: StudioSettings;
  /** Keys of the topology. */
  readonly [key: string]: unknown;
};

/**
 * The field `settings` of a topology's graphs in Studio, with the topology's own values as
 * defaults.
 */
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
  const kind = kindOf(topology);
  const { shape } = kind.schema as unknown as { shape: Record<string, z.ZodDefault<z.ZodType>> };
  const values = topology as unknown as Record<string, unknown>;
  // The kind takes any topology of its name.
  const keys = kind.studioSettings(topology as Topology & EvolutionTopology);
  const fields = Object.fromEntries(
    keys.map((key) => {
      const field = shape[key];
      if (field === undefined) throw new Error(`${topology.graph} has no key ${key}`);
      return [key, field.unwrap().default(values[key])];
    }),
  );
  return { ...fields, ...keysInside(topology) };
}

/** The settings of the topologies inside a topology: its evaluator and its steps. */
function keysInside(topology: Topology): Record<string, z.ZodType> {
  const inner: Record<string, z.ZodType> = {};
  if ("evaluator" in topology && topology.evaluator !== undefined) {
    inner["evaluator"] = withAllDefaults(keysOf(topology.evaluator));
  }
  if ("steps" in topology) {
    const asking = topology.steps.filter((step) => step.graph !== "person");
    const steps = asking.map((step, index) => [index, withAllDefaults(keysOf(step))]);
    const counted = "Of each step; the first is 0, as in --set steps.0.iterations=2";
    inner["steps"] = withAllDefaults(Object.fromEntries(steps)).describe(counted);
  }
  return inner;
}

/** An object whose own default is that of all its fields, so that a form shows them. */
function withAllDefaults(shape: Record<string, z.ZodType>) {
  const object = section(shape);
  return object.default(object.parse({}));
}

/**
 * The changes to a topology that settings come to, as the command line would make them.
 *
 * @param own The settings that the topology has by itself: what is as there is no change.
 */
export function topologyChanges(settings: StudioSettings, own: StudioSettings): TopologyChanges {
  const [given, before] = [changesOf(settings), changesOf(own)];
  return {
    models: given.models.filter((model) => !before.models.includes(model)),
    sets: given.sets.filter((set) => !before.sets.includes(set)),
  };
}

function changesOf({ models = {}, ...keys }: StudioSettings) {
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
