import { FellowshipError } from "../state/fellowship-error.ts";
import { buildEvaluator, type BuiltEvaluator } from "./build/build-evaluator.ts";
import { buildAnyGenerator } from "./build/build-chain.ts";
import type { BuiltGenerator } from "./build/build-generator.ts";
import { answeringProblem } from "./schema/chain-rules.ts";
import { openCode, type CodeTopology } from "./build/code-topology.ts";
import {
  forecastEvaluation,
  forecastGeneration,
  type ForecastStep,
} from "./build/forecast-calls.ts";
import { isCodePath } from "../user-code/load-code.ts";
import { loadTopology, type TopologyChanges } from "./load/load-topology.ts";
import {
  isEvaluatorTopology,
  isGeneratorTopology,
  type EvaluatorTopology,
  type GeneratorTopology,
} from "./schema/topology-schema.ts";
import type { BuildContext } from "./build/build-session.ts";

/** A topology that was read and checked, from a file or from code, and can be built. */
type Opened<Topology, Built> = {
  /** As resolved, for manifests and plans. */
  readonly topology: Topology;
  readonly steps: readonly ForecastStep[];
  /** What a forecast rests on beside its steps, in sentences. */
  readonly assumptions: readonly string[];
  /** @throws FellowshipError `bad_usage` for a missing key, a prompt file that does not fit, or code that is none. */
  readonly build: (context: BuildContext) => Promise<Built>;
};

export type OpenedGenerator = Opened<GeneratorTopology | CodeTopology, BuiltGenerator>;
export type OpenedEvaluator = Opened<EvaluatorTopology | CodeTopology, BuiltEvaluator>;

export type OpenOptions = TopologyChanges & {
  /** Told of code of the user's own before it runs, with its hashes. */
  readonly onCode?: ((notice: string) => void) | undefined;
};

/**
 * Opens what `npm run generate` takes: a topology file, or a module that defines one.
 *
 * @throws FellowshipError `bad_usage` naming the place.
 */
export async function openGenerator(path: string, options: OpenOptions): Promise<OpenedGenerator> {
  if (isCodePath(path)) return generatorInCode(path, options);
  const topology = loadTopology(path, options, (loaded) =>
    loaded.graph === "chain" ? answeringProblem(loaded) : null,
  );
  if (!isGeneratorTopology(topology)) {
    throw badUsage(
      `${path}: graph: ${topology.graph}; generate takes single, feedback-loop or chain (npm run evaluate takes evaluators, npm run evolve coevol).`,
      path,
    );
  }
  return {
    topology,
    steps: forecastGeneration(topology),
    assumptions: [],
    build: (context) => buildAnyGenerator(topology, context),
  };
}

/**
 * Opens what `npm run evaluate` takes: a topology file, or a module that defines one.
 *
 * @throws FellowshipError `bad_usage` naming the place.
 */
export async function openEvaluator(path: string, options: OpenOptions): Promise<OpenedEvaluator> {
  if (isCodePath(path)) return evaluatorInCode(path, options);
  const topology = loadTopology(path, options);
  if (!isEvaluatorTopology(topology)) {
    throw badUsage(
      `${path}: graph: ${topology.graph} is a generator; evaluate takes judge, jury or debate (npm run generate takes generators).`,
      path,
    );
  }
  return {
    topology,
    steps: forecastEvaluation(topology),
    assumptions: [],
    build: (context) => buildEvaluator(topology, context),
  };
}

async function generatorInCode(path: string, options: OpenOptions): Promise<OpenedGenerator> {
  const { kind, topology, steps, assumption, buildGenerator } = await openCode(
    path,
    options,
    options.onCode,
  );
  if (kind === "evaluator") {
    throw badUsage(`${path}: ${topology.graph} is an evaluator; npm run evaluate takes it.`, path);
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
    throw badUsage(`${path}: ${topology.graph} is a generator; npm run generate takes it.`, path);
  }
  return { topology, steps, assumptions: [assumption], build: buildEvaluator };
}

function badUsage(message: string, path: string): FellowshipError {
  return new FellowshipError("bad_usage", message, { facts: { path } });
}
