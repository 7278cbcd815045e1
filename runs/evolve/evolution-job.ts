import { evolutionRowLine } from "../../datasets/export/evolution-lines.ts";
import { toInstructionRow, type InstructionRow } from "../../datasets/rows/instruction-row.ts";
import { drawGraph } from "../../graphs/drawing/draw-graph.ts";
import { conversationText } from "../../prompts/fence.ts";
import type { EvolutionResult } from "../../state/row-result.ts";
import { nodeFailureIn } from "../../state/calls/failure.ts";
import type { RowAddress } from "../../state/calls/row-address.ts";
import type { BuiltEvolution } from "../../topologies/build/build-evolution.ts";
import { referenceColumns } from "../../topologies/reference-columns.ts";
import type { EvolutionTopology } from "../../topologies/kinds/kinds.ts";
import {
  writeEvolutionOutputs,
  type EvolutionOutputOptions,
  type EvolutionSummary,
} from "./evolution-outputs.ts";
import { evolutionCard } from "./evolution-card.ts";
import { createMarginLearning } from "../cascade/learned-margins.ts";
import { createJuryLearning } from "../jury/learned-juries.ts";
import { invocation, rowRunner } from "../engine/invocation.ts";
import type { Job, JobParts } from "../engine/job.ts";
import { joinWaves } from "../engine/waves.ts";
import { withReferences, type WithReferences } from "../input/with-references.ts";
import { evolutionFeedback } from "../tracing/verdict-feedback.ts";

type JudgedAnswers = WithReferences<InstructionRow>;

/** The job of `fellowship evolve`: the answers of instruction data, improved in place. */
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
): Job<JudgedAnswers, EvolutionResult, EvolutionSummary> {
  const margins = createMarginLearning<EvolutionResult>(topology);
  const juries = createJuryLearning<EvolutionResult>(topology);

  const run = rowRunner(graph, { code });

  async function work(address: RowAddress, row: JudgedAnswers): Promise<EvolutionResult> {
    const noted = { ...margins?.noted(), ...juries?.noted() };
    const { conversation, answers, transcript } = await run(
      { row: address, conversation: row.conversation, references: row.references ?? {} },
      invocation(address, topology.graph, {
        recursionLimit,
        callbacks,
        configurable: { ...margins?.configurable(), ...juries?.configurable() },
      }),
    );
    const failure = nodeFailureIn(answers.map(({ endedEarly }) => endedEarly));
    const { id, record: input, shape } = row;
    return { id, input, shape, conversation, answers, transcript, failure, ...noted };
  }
  return {
    command: "evolve",
    topology,
    agents,
    prompts,
    code,
    toRow: withReferences(
      (record) => toInstructionRow(record, { lenient: lenient === true }),
      ({ record }) => record,
      referenceColumns(topology),
    ),
    wanted: [["instruction", "conversations", "messages"]],
    preview: ({ conversation }) => ({ conversation: conversationText(conversation) }),
    work,
    waves: joinWaves(margins?.waves, juries?.waves),
    question: ({ conversation, references }) => [conversation, references],
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
    write: (directory, rows, watch) =>
      writeEvolutionOutputs({
        directory,
        rows,
        watch,
        evolvedName,
        // Each rewrite of a chain names its own; the chain stands for those that don't.
        editor: editor ?? topology.graph,
        priceOf,
        topology,
        gates,
      }),
    card: async (ended) =>
      evolutionCard({ topology, agents, prompts, code, ...ended }, await drawGraph(method)),
  };
}
