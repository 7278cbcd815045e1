import { generationRowLine } from "../../datasets/export/generation-lines.ts";
import { promptColumns } from "../../datasets/rows/prompt-forms.ts";
import { toPromptRow, type PromptRow } from "../../datasets/rows/prompt-row.ts";
import { drawGraph } from "../../graphs/drawing/draw-graph.ts";
import { conversationText } from "../../prompts/fence.ts";
import type { GenerationResult } from "../../state/row-result.ts";
import { nodeFailureIn } from "../../state/calls/failure.ts";
import type { RowAddress } from "../../state/calls/row-address.ts";
import type { BuiltGenerator } from "../../topologies/build/build-generator.ts";
import { referenceColumns } from "../../topologies/reference-columns.ts";
import type { OpenedGenerator } from "../../topologies/open-topology.ts";
import type { CommandOptions } from "../command-options.ts";
import { generationCard } from "./generation-card.ts";
import { pairSettings } from "./pair-settings.ts";
import { writeGenerationOutputs, type GenerationSummary } from "./generation-outputs.ts";
import { createRoundLimits } from "./round-limits.ts";
import { createMarginLearning } from "../cascade/learned-margins.ts";
import { createJuryLearning } from "../jury/learned-juries.ts";
import { invocation, rowRunner } from "../engine/invocation.ts";
import type { Job, JobParts } from "../engine/job.ts";
import { joinWaves } from "../engine/waves.ts";
import { withReferences, type WithReferences } from "../input/with-references.ts";
import { generationFeedback } from "../tracing/verdict-feedback.ts";

type JudgedPrompt = WithReferences<PromptRow>;

/**
 * The job of `fellowship generate`: responses by a generator topology, judged, written as
 * preference data.
 */
export function createGenerationJob(
  topology: OpenedGenerator["topology"],
  { graph, recursionLimit, agents, prompts, code, members }: BuiltGenerator,
  { priceOf, callbacks }: Omit<JobParts, "gate">,
  { reading, gates }: Pick<CommandOptions, "reading" | "gates"> = {},
): Job<JudgedPrompt, GenerationResult, GenerationSummary> {
  const generator = agents.find(({ role }) => role === "generator");
  // Others' calls may come before those of a step without calls.
  const isOwn = generator?.node !== undefined || "module" in topology;
  const writer = isOwn ? { generator: generator?.name } : {};
  const stops = "stopWhenNoGain" in topology && topology.stopWhenNoGain;
  const limits = stops ? createRoundLimits(topology.iterations) : null;

  const references = referenceColumns(topology);
  const margins = createMarginLearning<GenerationResult>(topology);
  const juries = createJuryLearning<GenerationResult>(topology);

  const run = rowRunner(graph, { code });

  async function work(address: RowAddress, row: JudgedPrompt): Promise<GenerationResult> {
    const limited = limits === null ? {} : { roundLimit: limits.current() };
    const noted = { ...margins?.noted(), ...juries?.noted() };
    const output = await run(
      { row: address, prompt: row.messages, references: row.references ?? {}, ...limited },
      invocation(address, topology.graph, {
        recursionLimit,
        callbacks,
        configurable: { ...margins?.configurable(), ...juries?.configurable() },
      }),
    );
    const { responses, reviews, comparisons, best, transcript, failure, endedEarly } = output;
    const result = { responses, reviews, comparisons, best, transcript, endedEarly };
    return {
      id: row.id,
      input: row.input,
      prompt: row.messages,
      ...result,
      failure: failure ?? nodeFailureIn([endedEarly]),
      ...writer,
      ...limited,
      ...noted,
    };
  }
  return {
    command: "generate",
    topology,
    agents,
    prompts,
    code,
    toRow: withReferences(
      (record) => toPromptRow(record, reading),
      ({ extra }) => extra,
      references,
    ),
    wanted: [["prompt", "messages"]],
    // Code of the user's own may read any column.
    columns: Object.keys(code).length === 0 ? [...promptColumns, ...references.read] : undefined,
    preview: ({ messages }) => ({ prompt: conversationText(messages) }),
    work,
    waves: joinWaves(limits?.waves, margins?.waves, juries?.waves),
    question: ({ messages, references: given }) => [messages, given],
    rowLine: (number, result) => generationRowLine({ number, result }),
    feedback: generationFeedback,
    unusable: (id, failure) => ({
      id,
      input: null,
      prompt: [],
      responses: [],
      reviews: [],
      comparisons: [],
      best: 0,
      transcript: [],
      failure,
    }),
    write: (directory, rows, watch) =>
      writeGenerationOutputs({
        directory,
        rows,
        watch,
        pairs: pairSettings(topology),
        conversations: members,
        isLoop: topology.graph === "feedback-loop",
        priceOf,
        topology,
        gates,
      }),
    card: async (ended) =>
      generationCard({ topology, agents, prompts, code, ...ended }, await drawGraph(graph)),
  };
}
