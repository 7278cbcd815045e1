import type { Call } from "../../models/call.ts";
import type { Endpoint } from "../../models/endpoint.ts";
import { createGate, type Gate } from "../../models/gate/gate.ts";
import type { AskedMessages } from "../../report-page/rows/asked-messages.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import type { Message } from "../../state/message.ts";
import { readRunPlan } from "../directory/run-plan.ts";
import { settled } from "../engine/run-rows.ts";
import { skipRunTrees, untraced } from "../tracing/skip-run-trees.ts";
import { openRecordedJob, type RecordedJob } from "./recorded-job.ts";

/** A row on its way through its graph: its answers, and what has been asked so far. */
type Passage = {
  readonly answers: ReadonlyMap<string, CallRecord>;
  readonly asked: Map<string, readonly Message[]>;
  isLost: boolean;
};

/**
 * Finds what each call of a finished row was asked: the row goes through its graph again with the
 * answers in its transcript. Nothing is sent and nothing is written.
 *
 * @returns null where that can't be known: without a plan, with custom code, with prompt files that
 *   are others by now, or in a run whose rows depend on those before them
 */
export async function openAskedMessages(directory: string): Promise<AskedMessages | null> {
  let passage: Passage | null = null;
  const gate: Gate = {
    ...createGate(),
    ask: async (call, endpoint) => answerOf(passage, call, endpoint),
  };
  const job = await recordedJob(directory, gate);
  if (job === null) return null;
  skipRunTrees();
  const hasCode = Object.keys(job.code).length > 0;
  const work = untraced(job.work, { hasCode });
  return async ({ row, id, input, transcript }) => {
    const read = job.toRow({ number: row, place: `row ${row}`, value: input });
    if (!read.ok) return null;
    const own: Passage = {
      answers: new Map(transcript.map((record) => [keyOf(record), record])),
      asked: new Map(),
      isLost: false,
    };
    passage = own;
    await settled(() => work({ number: row, id }, read.row), { hasCode });
    if (own.isLost) return null;
    return transcript.map((record) => own.asked.get(keyOf(record)) ?? null);
  };
}

/** The job of a run whose questions are still the same; null of any other. */
async function recordedJob(directory: string, gate: Gate): Promise<RecordedJob | null> {
  try {
    const plan = await readRunPlan(directory);
    if (plan === undefined) return null;
    const onCode = () => undefined;
    const job = await openRecordedJob(plan, { place: directory, gate, allowCode: false, onCode });
    const isSame = Object.entries(plan.prompts).every(([name, hash]) => job.prompts[name] === hash);
    return isSame && job.waves === undefined ? job : null;
  } catch {
    return null; // a report does without what is no longer there
  }
}

function answerOf(passage: Passage | null, { address, messages }: Call, { spec }: Endpoint) {
  const { agent, part, turn } = address;
  const key = keyOf(address);
  const record = passage?.answers.get(key);
  if (passage !== null && record !== undefined) {
    passage.asked.set(key, messages.slice());
    return record;
  }
  if (passage !== null) passage.isLost = true;
  const nothing = { content: "", finish: null, tokens: null };
  return { agent, part, turn, model: spec, outcome: "interrupted" as const, ...nothing };
}

function keyOf({ agent, part, turn }: Pick<CallRecord, "agent" | "part" | "turn">): string {
  return JSON.stringify([agent, part, turn]);
}
