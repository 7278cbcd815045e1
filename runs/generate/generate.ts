import { toPromptRow } from "../../datasets/rows/prompt-row.ts";
import { refuseUnpriced } from "../../models/cost/budget.ts";
import { loadPrices, priceTable } from "../../models/cost/prices.ts";
import { conversationText as textOf } from "../../prompts/fence.ts";
import { limitsOf } from "../../topologies/limits-of.ts";
import { openGenerator, type OpenedGenerator } from "../../topologies/open-topology.ts";
import { buildContext } from "../engine/build-context.ts";
import { forecast, roughTokens, type Forecast, type ForecastBasis } from "../forecast/forecast.ts";
import { createGenerationJob } from "./generation-job.ts";
import type { GenerationSummary } from "./generation-outputs.ts";
import { runJob } from "../engine/run-job.ts";
import { modelsOf, type JobEnd } from "../engine/job.ts";
import type { CommandOptions } from "../command-options.ts";

/**
 * Responses by a generator topology over a file of prompts, judged, written as preference data.
 *
 * @throws FellowshipError for everything that is wrong before the first call; see `runJob` for what comes later.
 */
export async function generate(
  topologyPath: string,
  options: CommandOptions,
): Promise<JobEnd<GenerationSummary>> {
  const opened = await open(topologyPath, options);
  return runJob(
    async (parts) => {
      const built = await opened.build(buildContext(options, parts));
      return createGenerationJob(opened.topology, built, parts);
    },
    options,
    basisOf(opened),
  );
}

/** What `generate` would ask over the same file; checks everything that it checks, sends nothing. */
export async function forecastGenerate(
  topologyPath: string,
  options: CommandOptions,
): Promise<Forecast> {
  const opened = await open(topologyPath, options);
  const built = await opened.build(buildContext(options));
  const priceOf = loadPrices(priceTable);
  if (options.budgetUsd !== undefined) refuseUnpriced(modelsOf(built), priceOf);
  const job = { ...built, command: "generate", topology: opened.topology };
  return forecast(job, { ...options, ...basisOf(opened), priceOf });
}

function open(path: string, options: CommandOptions): Promise<OpenedGenerator> {
  return openGenerator(path, { ...options, onCode: (notice) => options.progress.say(notice) });
}

function basisOf({ topology, steps, assumptions }: OpenedGenerator): ForecastBasis {
  return {
    steps,
    assumptions,
    sizesOf: (record) => {
      const read = toPromptRow(record);
      return read.ok ? { prompt: roughTokens(textOf(read.row.messages)), response: null } : null;
    },
    limits: limitsOf(topology),
  };
}
