import type * as z from "zod";
import { FellowshipError } from "../state/fellowship-error.ts";
import type { Topology } from "../topologies/kinds/kinds.ts";
import { loadTopology } from "../topologies/load/load-topology.ts";
import { inputOf } from "./graph-input.ts";
import { studioSettings, topologyChanges, type StudioSettings } from "./studio-settings.ts";

/**
 * A topology in Studio: a preset or an evaluator inside one, and how a run's settings change it.
 */
export type Preset<Part = Topology> = {
  /** As the preset's file says. */
  readonly topology: Part;
  /** The schema of the field `settings`. */
  readonly settings: z.ZodType<StudioSettings>;
  /** The preset as a whole, with the settings of this state. */
  readonly wholeOf: (state: object) => Topology;
  /** The part of the whole that this graph is built from. */
  readonly partOf: (whole: Topology) => Part;
  /** The graph's name, and the fields that its input must hold. */
  readonly graph: string;
  readonly needs: readonly string[];
  /** True of an evaluator inside another graph, which hands it its state. */
  readonly isInside: boolean;
};

/** @param path Of the topology file; `models` are changed for all runs (`--model`). */
export function readPreset(path: string, models: readonly string[]): Preset {
  const topology = loadTopology(path, { models });
  const schema = studioSettings(topology);
  const own = schema.parse(undefined);
  return {
    topology,
    settings: schema,
    wholeOf: (state) => {
      const settings = readSettings(schema, (state as { settings?: unknown }).settings);
      const changes = topologyChanges(settings, own);
      return loadTopology(path, {
        ...changes,
        models: [...models, ...(changes.models ?? [])],
        optionOf: (model) => (models.includes(model) ? `--model ${model}` : settingOf(model)),
      });
    },
    partOf: (whole) => whole,
    graph: topology.graph,
    needs: inputOf(topology).needs,
    isInside: false,
  };
}

/** `settings.models.judge` of `judge=sim:x`. */
function settingOf(model: string): string {
  return `settings.models.${model.slice(0, model.indexOf("="))}`;
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
