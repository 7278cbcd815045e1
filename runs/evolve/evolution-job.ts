import { datasetCard } from "../../datasets/export/dataset-card.ts";
import { evolutionRowLine } from "../../datasets/export/evolution-lines.ts";
import { evolvedData } from "../../datasets/export/evolved-file.ts";
import { evolutionExports } from "../../datasets/export/exports.ts";
import { toInstructionRow, type InstructionRow } from "../../datasets/rows/instruction-row.ts";
import { drawGraph } from "../../graphs/drawing/draw-graph.ts";
import { conversationText } from "../../prompts/fence.ts";
import type { EvolutionResult } from "../../state/row-result.ts";
import { nodeFailureIn } from "../../state/calls/failure.ts";
import type { RowAddress } from "../../state/calls/row-address.ts";
import type { BuiltEvolution } from "../../topologies/build/build-evolution.ts";
import { countJudges } from "../../topologies/count-judges.ts";
import type { EvolutionTopology } from "../../topologies/kinds/kinds.ts";
import { countedWords, rowCounts, runFigures } from "../accounting/card-figures.ts";
import {
  writeEvolutionOutputs,
  type EvolutionOutputOptions,
  type EvolutionSummary,
} from "./evolution-outputs.ts";
import { invocation } from "../engine/invocation.ts";
import type { Job, JobParts } from "../engine/job.ts";
import { evolutionFeedback } from "../tracing/verdict-feedback.ts";

/** The job of `npm run evolve`: the answers of instruction data, improved in place. */
export function createEvolutionJob(
  topology: EvolutionTopology,
  { graph, method, editor, recursionLimit, agents, prompts, code }: BuiltEvolution,
  {
    priceOf,
    callbacks,
    evolvedName,
    lenient,
    gates,
  }: Omit<JobParts, "gate"> &
    Pick<EvolutionOutputOptions, "evolvedName" | "gates"> & {
      readonly lenient?: boolean | undefined;
    },
): Job<InstructionRow, EvolutionResult, EvolutionSummary> {
  async function work(address: RowAddress, row: InstructionRow): Promise<EvolutionResult> {
    const { conversation, answers, transcript } = await graph.invoke(
      { row: address, conversation: row.conversation },
      invocation(address, topology.graph, { recursionLimit, callbacks }),
    );
    const failure = nodeFailureIn(answers.map(({ endedEarly }) => endedEarly));
    const { id, record: input, shape } = row;
    return { id, input, shape, conversation, answers, transcript, failure };
  }
  return {
    command: "evolve",
    topology,
    agents,
    prompts,
    code,
    toRow: (record) => toInstructionRow(record, { lenient: lenient === true }),
    wanted: [["instruction", "conversations", "messages"]],
    preview: ({ conversation }) => ({ conversation: conversationText(conversation) }),
    work,
    question: ({ conversation }) => conversation,
    rowLine: (number, result) => evolutionRowLine({ number, result }),
    feedback: evolutionFeedback,
    unusable: (id, failure, input) => ({
      id,
      input,
      shape: null,
      conversation: [],
      answers: [],
      transcript: [],
      failure,
    }),
    write: (directory, rows, counts) =>
      writeEvolutionOutputs({
        directory,
        rows,
        counts,
        evolvedName,
        // Each rewrite of a chain names its own; the chain stands for those that don't.
        editor: editor ?? topology.graph,
        priceOf,
        gates,
      }),
    card: async ({ summary, files, inputIdentity }) =>
      datasetCard({
        kind: "evolution",
        command: "npm run evolve",
        topology,
        drawing: await drawGraph(method),
        agents,
        prompts,
        code,
        inputIdentity,
        judges: countJudges(topology),
        counts: rowCounts(summary),
        figures: figuresOf(summary),
        data: [evolvedData, ...evolutionExports],
        files,
      }),
  };
}

function figuresOf(summary: EvolutionSummary): [string, string][] {
  const { rounds, meanTokens, answers, pairs, unparsed, flips, endedEarly } = summary;
  const mean = (value: number | null) => (value === null ? "unknown" : value.toFixed(1));
  return [
    ["rows, by accepted rewrites", countedWords(rounds)],
    ["answers", String(answers)],
    [
      "mean tokens of an answer, before and after",
      `${mean(meanTokens.before)}, ${mean(meanTokens.after)}`,
    ],
    ["pairs", String(pairs)],
    ["readings without a readable verdict", String(unparsed)],
    ["verdicts that named different sides in the two orders", String(flips)],
    ["answers that ended early", countedWords(endedEarly) || "none"],
    ...runFigures(summary),
  ];
}
