import { evolvedFileName } from "../../datasets/export/evolved-file.ts";
import { toInstructionRow, type InstructionRow } from "../../datasets/rows/instruction-row.ts";
import { loadPrices, priceTable } from "../../models/cost/prices.ts";
import { conversationText as textOf } from "../../prompts/fence.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { buildAnyEvolution } from "../../topologies/build/build-chain.ts";
import { evolvingProblem } from "../../topologies/schema/chain-rules.ts";
import { forecastEvolution } from "../../topologies/build/forecast-calls.ts";
import { limitsOf } from "../../topologies/limits-of.ts";
import { loadTopology } from "../../topologies/load/load-topology.ts";
import type { EvolutionTopology } from "../../topologies/schema/topology-schema.ts";
import { buildContext } from "../engine/build-context.ts";
import type { CommandOptions } from "../command-options.ts";
import { createEvolutionJob } from "./evolution-job.ts";
import type { EvolutionSummary } from "./evolution-outputs.ts";
import {
  forecast,
  roughTokens,
  type Forecast,
  type ForecastBasis,
  type RowSizes,
} from "../forecast/forecast.ts";
import { runJob } from "../engine/run-job.ts";
import type { JobEnd } from "../engine/job.ts";

/**
 * The answers of a file of instruction data, improved in place by CoEvol or a chain, and the same file back with them.
 *
 * @throws FellowshipError for everything that is wrong before the first call; see `runJob` for what comes later.
 */
export async function evolve(
  topologyPath: string,
  options: CommandOptions,
): Promise<JobEnd<EvolutionSummary>> {
  const topology = loadEvolution(topologyPath, options);
  return runJob(
    async (parts) => {
      const evolvedName = await evolvedFileName(options.input);
      const built = await buildAnyEvolution(topology, buildContext(options, parts));
      return createEvolutionJob(topology, built, { ...parts, evolvedName });
    },
    options,
    basisOf(topology),
  );
}

/** What `evolve` would ask over the same file; checks everything that it checks, sends nothing. */
export async function forecastEvolve(
  topologyPath: string,
  options: CommandOptions,
): Promise<Forecast> {
  const topology = loadEvolution(topologyPath, options);
  const built = await buildAnyEvolution(topology, buildContext(options));
  const job = { ...built, command: "evolve", topology };
  return forecast(job, { ...options, ...basisOf(topology), priceOf: loadPrices(priceTable) });
}

function basisOf(topology: EvolutionTopology): ForecastBasis {
  return {
    steps: forecastEvolution(topology),
    sizesOf: (record) => {
      const read = toInstructionRow(record);
      return read.ok ? answerSizes(read.row, topology.conversation) : null;
    },
    limits: limitsOf(topology),
  };
}

/** The sizes of each answer that would be taken up. */
function answerSizes(
  { conversation }: InstructionRow,
  { window, maxTurns, maxTokens }: EvolutionTopology["conversation"],
): RowSizes[] {
  const sizes: RowSizes[] = [];
  for (const [place, { role, content }] of conversation.entries()) {
    if (role !== "assistant") continue;
    const before = conversation.slice(0, place);
    const isEnough =
      maxTurns === null
        ? sizes.length > 0 && roughTokens(textOf(before.slice(0, -1))) >= maxTokens
        : sizes.length >= maxTurns;
    if (isEnough) break;
    const seen = before.slice(-1 - 2 * window);
    sizes.push({ prompt: roughTokens(textOf(seen)), response: roughTokens(content) });
  }
  return sizes;
}

function loadEvolution(path: string, options: CommandOptions): EvolutionTopology {
  const topology = loadTopology(path, options, (loaded) =>
    loaded.graph === "chain" ? evolvingProblem(loaded) : null,
  );
  if (topology.graph === "coevol" || topology.graph === "chain") return topology;
  throw new FellowshipError(
    "bad_usage",
    `${path}: graph: ${topology.graph}; evolve takes coevol or chain (npm run generate takes generators, npm run evaluate evaluators).`,
    { facts: { path } },
  );
}
