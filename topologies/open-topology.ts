import { FellowshipError } from "../state/fellowship-error.ts";
import { buildEvaluator, type BuiltEvaluator } from "./build/build-evaluator.ts";
import { buildEvolution, type BuiltEvolution } from "./build/build-evolution.ts";
import { buildGenerator, type BuiltGenerator } from "./build/build-generator.ts";
import { openCode, type CodeTopology } from "./build/code-topology.ts";
import { isCodePath } from "../user-code/load-code.ts";
import { loadForCommand } from "./load/load-for-command.ts";
import type { TopologyChanges } from "./load/load-topology.ts";
import { personOf } from "./kinds/cascade.ts";
import { evaluatorKind, type EvaluatorTopology } from "./kinds/evaluators.ts";
import {
  evolutionKind,
  generatorKind,
  type EvolutionTopology,
  type GeneratorTopology,
} from "./kinds/kinds.ts";
import type { BuildContext } from "./session/build-session.ts";
import type { ForecastStep } from "./session/forecast-calls.ts";

/** A topology that was read and checked, from a file or from code, and can be built. */
type Opened<Topology, Built> = {
  /** As resolved, for manifests and plans. */
  readonly topology: Topology;
  readonly steps: readonly ForecastStep[];
  /** What a forecast rests on beside its steps, in sentences. */
  readonly assumptions: readonly string[];
  /**
   * @throws FellowshipError `bad_usage` for a missing key, a prompt file that does not fit, or code
   *   that is none.
   */
  readonly build: (context: BuildContext) => Promise<Built>;
};

export type OpenedGenerator = Opened<GeneratorTopology | CodeTopology, BuiltGenerator>;
type OpenedEvolution = Opened<EvolutionTopology, BuiltEvolution>;
export type OpenedEvaluator = Opened<EvaluatorTopology | CodeTopology, BuiltEvaluator>;

export type OpenOptions = TopologyChanges & {
  /** Called with custom code before it runs, with its hashes. */
  readonly onCode?: ((notice: string) => void) | undefined;
};

/**
 * Opens what `fellowship generate` takes: a topology file, or a module that defines one.
 *
 * @throws FellowshipError `bad_usage` naming the place.
 */
export async function openGenerator(path: string, options: OpenOptions): Promise<OpenedGenerator> {
  if (isCodePath(path)) return generatorInCode(path, options);
  const topology = loadForCommand("generate", path, options);
  refusePeople(path, topology);
  return {
    topology,
    steps: generatorKind(topology).generate.forecast(topology),
    assumptions: [],
    build: (context) => buildGenerator(topology, context),
  };
}

/**
 * Opens what `fellowship evaluate` takes: a topology file, or a module that defines one.
 *
 * @throws FellowshipError `bad_usage` naming the place.
 */
export async function openEvaluator(path: string, options: OpenOptions): Promise<OpenedEvaluator> {
  if (isCodePath(path)) return evaluatorInCode(path, options);
  const topology = loadForCommand("evaluate", path, options);
  return {
    topology,
    steps: evaluatorKind(topology).evaluate.forecast(topology),
    assumptions: [],
    build: (context) => buildEvaluator(topology, context),
  };
}

/**
 * Opens an evaluator whose verdicts are needed at once, as all commands but `evaluate` need them.
 *
 * @throws FellowshipError `bad_usage` as `openEvaluator` does, and where people are a step
 */
export async function openUnattendedEvaluator(
  path: string,
  options: OpenOptions,
): Promise<OpenedEvaluator> {
  const opened = await openEvaluator(path, options);
  refusePeople(path, opened.topology);
  return opened;
}

/** @throws FellowshipError `bad_usage` where a topology, or its evaluator, has people as a step */
function refusePeople(path: string, topology: object): void {
  const { evaluator, steps } = topology as { evaluator?: unknown; steps?: unknown };
  const inner = [topology, evaluator, ...(Array.isArray(steps) ? steps : [])];
  for (const one of inner) {
    if (typeof one !== "object" || one === null) continue;
    if (one !== topology) refusePeople(path, one);
    if (personOf(one) === undefined) continue;
    throw badUsage(
      `${path}: people are a step of its cascade (graph: person), and their labels come ` +
        "later. Only fellowship evaluate waits for them; leave that step out here.",
      path,
    );
  }
}

/**
 * Opens what `fellowship evolve` takes: a topology file.
 *
 * @throws FellowshipError `bad_usage` naming the place.
 */
export async function openEvolution(path: string, options: OpenOptions): Promise<OpenedEvolution> {
  const topology = loadForCommand("evolve", path, options);
  refusePeople(path, topology);
  return {
    topology,
    steps: evolutionKind(topology).evolve.forecast(topology),
    assumptions: [],
    build: (context) => buildEvolution(topology, context),
  };
}

async function generatorInCode(path: string, options: OpenOptions): Promise<OpenedGenerator> {
  const { kind, topology, steps, assumption, buildGenerator } = await openCode(
    path,
    options,
    options.onCode,
  );
  if (kind === "evaluator") {
    throw badUsage(
      `${path}: ${topology.graph} is an evaluator; fellowship evaluate takes it.`,
      path,
    );
  }
  return {
    topology,
    steps,
    assumptions: [assumption],
    build: async (context) => ({ ...(await buildGenerator(context)), members: null }),
  };
}

async function evaluatorInCode(path: string, options: OpenOptions): Promise<OpenedEvaluator> {
  const { kind, topology, steps, assumption, buildEvaluator } = await openCode(
    path,
    options,
    options.onCode,
  );
  if (kind === "generator") {
    throw badUsage(
      `${path}: ${topology.graph} is a generator; fellowship generate takes it.`,
      path,
    );
  }
  return {
    topology,
    steps,
    assumptions: [assumption],
    // Code doesn't say how it shows the responses.
    build: async (context) => ({ ...(await buildEvaluator(context)), ordered: true }),
  };
}

function badUsage(message: string, path: string): FellowshipError {
  return new FellowshipError("bad_usage", message, { facts: { path } });
}
