import { evolvedFileName } from "../../datasets/export/evolved-file.ts";
import type { InstructionRow } from "../../datasets/rows/instruction-row.ts";
import { conversationText as textOf } from "../../prompts/fence.ts";
import type { EvolutionTopology } from "../../topologies/kinds/kinds.ts";
import { openEvolution } from "../../topologies/open-topology.ts";
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
  job: async (topology, built, parts, { input, reading, gates }): Promise<EvolutionJob> =>
    createEvolutionJob(topology, built, {
      ...parts,
      evolvedName: await evolvedFileName(input),
      lenient: reading?.lenient,
      gates,
    }),
});

type EvolutionJob = ReturnType<typeof createEvolutionJob>;

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
