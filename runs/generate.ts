import { toPromptRow } from "../datasets/prompt-row.ts";
import { createGate } from "../models/gate.ts";
import { loadPrices, priceTable } from "../models/prices.ts";
import { conversationText as textOf } from "../prompts/fence.ts";
import { promptDirectory } from "../prompts/load-prompt.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import { buildGenerator } from "../topologies/build-generator.ts";
import { forecastGeneration } from "../topologies/forecast-calls.ts";
import { limitsOf } from "../topologies/limits-of.ts";
import { loadTopology } from "../topologies/load-topology.ts";
import { isGeneratorTopology, type GeneratorTopology } from "../topologies/topology-schema.ts";
import { forecast, roughTokens, type Forecast } from "./forecast.ts";
import { createGenerationJob } from "./generation-job.ts";
import type { GenerationSummary } from "./generation-outputs.ts";
import { runJob, type JobEnd } from "./run-job.ts";
import type { CommandOptions } from "./command-options.ts";

/**
 * Responses by a generator topology over a file of prompts, judged, written as preference data.
 *
 * @throws FellowshipError for everything that is wrong before the first call; see `runJob` for what comes later.
 */
export async function generate(
  topologyPath: string,
  options: CommandOptions,
): Promise<JobEnd<GenerationSummary>> {
  const topology = loadGenerator(topologyPath, options);
  return runJob(
    async (parts) => {
      const { environment } = options;
      const built = await buildGenerator(topology, {
        gate: parts.gate,
        longestAnswerOf: parts.longestAnswerOf,
        environment,
        promptDirectory,
      });
      return createGenerationJob(topology, built, parts);
    },
    options,
    limitsOf(topology),
  );
}

/** What `generate` would ask over the same file; checks everything that it checks, sends nothing. */
export async function forecastGenerate(
  topologyPath: string,
  options: CommandOptions,
): Promise<Forecast> {
  const topology = loadGenerator(topologyPath, options);
  const { environment } = options;
  await buildGenerator(topology, { gate: createGate(), environment, promptDirectory });
  return forecast({
    ...options,
    calls: forecastGeneration(topology),
    sizesOf: (record) => {
      const read = toPromptRow(record);
      return read.ok ? { prompt: roughTokens(textOf(read.row.messages)), response: null } : null;
    },
    priceOf: loadPrices(priceTable),
  });
}

function loadGenerator(path: string, options: CommandOptions): GeneratorTopology {
  const topology = loadTopology(path, options);
  if (isGeneratorTopology(topology)) return topology;
  throw new FellowshipError(
    "bad_usage",
    `${path}: graph: ${topology.graph}; generate takes single or feedback-loop (npm run evaluate takes evaluators, npm run evolve coevol).`,
    { facts: { path } },
  );
}
