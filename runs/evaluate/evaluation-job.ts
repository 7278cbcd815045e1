import { pairColumns } from "../../datasets/rows/pair-forms.ts";
import { promptKey, toPairRow, type PairRow } from "../../datasets/rows/pair-row.ts";
import type { InputRecord } from "../../datasets/read/read-records.ts";
import type { RowFailure } from "../../datasets/rows/row-fields.ts";
import { conversationText } from "../../prompts/fence.ts";
import type { RowAddress } from "../../state/calls/row-address.ts";
import type { EvaluationResult } from "../../state/row-result.ts";
import type { BuiltEvaluator } from "../../topologies/build/build-evaluator.ts";
import type { OpenedEvaluator } from "../../topologies/open-topology.ts";
import { referenceColumns } from "../../topologies/reference-columns.ts";
import {
  evaluationRowLine,
  writeEvaluationOutputs,
  type EvaluationSummary,
} from "./evaluation-outputs.ts";
import { createMarginLearning } from "../cascade/learned-margins.ts";
import { personOf } from "../../topologies/kinds/cascade.ts";
import { calibratedJuriesIn } from "../../topologies/juries-in.ts";
import { reviseVerdicts } from "../jury/revise-verdicts.ts";
import { createJuryLearning } from "../jury/learned-juries.ts";
import { invocation, rowRunner } from "../engine/invocation.ts";
import type { Job, JobParts } from "../engine/job.ts";
import { joinWaves } from "../engine/waves.ts";
import type { RowPreview } from "../input/input-report.ts";
import { withReferences, type WithReferences } from "../input/with-references.ts";
import { evaluationFeedback } from "../tracing/verdict-feedback.ts";

/** The job of `fellowship evaluate`: verdicts by an evaluator topology, measured. */
export function createEvaluationJob(
  topology: OpenedEvaluator["topology"],
  { graph, recursionLimit, ordered, agents, prompts, code }: BuiltEvaluator,
  { priceOf, callbacks }: Omit<JobParts, "gate">,
): Job<JudgedPair, EvaluationResult, EvaluationSummary> {
  const references = referenceColumns(topology);
  const margins = createMarginLearning<EvaluationResult>(topology);
  const juries = createJuryLearning<EvaluationResult>(topology);
  const jury = calibratedJuriesIn(topology).find(({ key }) => key === "");

  const run = rowRunner(graph, { code });

  async function work(address: RowAddress, row: JudgedPair): Promise<EvaluationResult> {
    const { messages: prompt, a, b, references: given = {} } = row;
    const noted = { ...margins?.noted(), ...juries?.noted() };
    const { verdict, transcript } = await run(
      { row: address, prompt, pair: { a, b }, references: given },
      invocation(address, topology.graph, {
        recursionLimit,
        callbacks,
        configurable: { ...margins?.configurable(), ...juries?.configurable() },
      }),
    );
    return {
      id: row.id,
      input: row.input,
      transcript,
      verdict: verdict ?? null,
      failure: verdict?.failure,
      ...(row.label === undefined ? {} : { label: row.label }),
      ...(row.labels === undefined ? {} : { labels: row.labels }),
      candidates: { a: sizeOf(row.a), b: sizeOf(row.b) },
      prompt: promptKey(row),
      ...noted,
    };
  }
  return {
    command: "evaluate",
    topology,
    agents,
    prompts,
    code,
    toRow: withReferences(toRow, ({ extra }) => extra, references),
    wanted: [["prompt", "messages"], ["a"], ["b"]],
    // Code of the user's own may read any column.
    columns: Object.keys(code).length === 0 ? [...pairColumns(), ...references.read] : undefined,
    preview,
    work,
    // What people said of the rows that wait for them may be more by now.
    alwaysWrites: personOf(topology) !== undefined,
    waitsForPeople: personOf(topology) !== undefined,
    waves: joinWaves(margins?.waves, juries?.waves),
    revision: jury && ((rows, last) => reviseVerdicts(jury, rows, last)),
    question: ({ messages, a, b, references: given }) => [messages, a.text, b.text, given],
    rowLine: evaluationRowLine,
    feedback: evaluationFeedback,
    unusable: (id, failure) => ({ id, input: null, transcript: [], verdict: null, failure }),
    write: (directory, rows, watch) =>
      writeEvaluationOutputs({ directory, rows, watch, ordered, priceOf, topology }),
  };
}

/** A pair, and the row as it was given. */
export type GivenPair = PairRow & { readonly input: unknown };
type JudgedPair = WithReferences<GivenPair>;

function toRow(record: InputRecord): { ok: true; row: GivenPair } | RowFailure {
  const read = toPairRow(record);
  if (!read.ok) return read;
  return { ok: true, row: { ...read.row, input: "value" in record ? record.value : null } };
}

function preview({ messages, a, b, label }: GivenPair): RowPreview {
  const shown = { prompt: conversationText(messages), a: a.text, b: b.text };
  return { ...shown, label: label ?? "none" };
}

/** Length in characters, and the model's name where the pair tells it. */
function sizeOf({ text, model }: PairRow["a"]) {
  return { length: text.length, model: model ?? null };
}
