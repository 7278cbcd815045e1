import { evolvedFileName } from "../../datasets/export/evolved-file.ts";
import type { InstructionRow } from "../../datasets/rows/instruction-row.ts";
import { conversationText as textOf } from "../../prompts/fence.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { buildAnyEvolution } from "../../topologies/build/build-chain.ts";
import { forecastEvolution } from "../../topologies/build/forecast-calls.ts";
import { loadTopology, type TopologyChanges } from "../../topologies/load/load-topology.ts";
import { evolvingProblem } from "../../topologies/schema/chain-rules.ts";
import type { EvolutionTopology } from "../../topologies/schema/topology-schema.ts";
import { defineCommand } from "../engine/define-command.ts";
import { roughTokens, type RowSizes } from "../forecast/forecast.ts";
import { createEvolutionJob } from "./evolution-job.ts";

/**
 * The answers of a file of instruction data, improved in place by CoEvol or a chain, and the same
 * file back with them.
 */
export const { run: evolve, forecast: forecastEvolve } = defineCommand({
  open: openEvolution,
  sizesOf: (row: InstructionRow, { conversation }) => answerSizes(row, conversation),
  job: async (topology, built, parts, { input }): Promise<EvolutionJob> =>
    createEvolutionJob(topology, built, { ...parts, evolvedName: await evolvedFileName(input) }),
});

type EvolutionJob = ReturnType<typeof createEvolutionJob>;

async function openEvolution(path: string, options: TopologyChanges) {
  const topology = loadEvolution(path, options);
  return {
    topology,
    steps: forecastEvolution(topology),
    assumptions: [],
    build: (context: Parameters<typeof buildAnyEvolution>[1]) =>
      buildAnyEvolution(topology, context),
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

function loadEvolution(path: string, options: TopologyChanges): EvolutionTopology {
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
