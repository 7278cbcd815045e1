import { setImmediate as nextTurn } from "node:timers/promises";
import { isGraphBubbleUp } from "@langchain/langgraph";
import { oneLine } from "../models/wire/one-line.ts";
import { callKey, type CallRecord } from "../state/call-record.ts";
import { badNode, shownError, uncaughtIn, type UserCodeOutcome } from "./user-code-failure.ts";
import type { CallRecorder } from "./call-recorder.ts";

/** The longest that the user's own code may do anything but wait for its calls, in milliseconds, where nothing else is said. */
export const defaultPatienceMs = 600_000;

/**
 * Runs the user's own code to its end, and all the calls it made. Whatever it throws is its failure, as a line without control
 * characters. Code that waits for something else than its calls longer than `patienceMs` has failed; code that never lets go of the
 * process can't be stopped.
 */
export async function runUserCode(
  code: () => unknown,
  witness: CallRecorder,
  patienceMs: number,
): Promise<UserCodeOutcome> {
  let outcome: UserCodeOutcome;
  try {
    const value = await watched(code, witness, patienceMs);
    outcome =
      witness.pending() === 0
        ? { failure: null, value }
        : badNode("returned before its call was answered");
  } catch (error) {
    // An interrupt of LangGraph: someone is asked, and the graph goes on later.
    if (error instanceof Error && isGraphBubbleUp(error)) throw error;
    const problem =
      error === tooLate
        ? `did not return within ${patienceMs / 1000} seconds`
        : `threw ${shownError(error)}`;
    outcome = { failure: { reason: "node_failed", detail: oneLine(problem, 400) } };
  }
  await witness.close();
  // What it left to itself is told of once nothing else is to be done.
  await nextTurn();
  witness.end();
  witness.rethrowBug();
  const misuse = witness.misuse();
  if (misuse !== null) return badNode(misuse);
  const stray = witness.stray();
  return stray === null || outcome.failure !== null ? outcome : uncaughtIn(stray.error);
}

/**
 * The transcript of the user's own code: the calls in the order in which it returned them, then those that it did not return. Null where it
 * returns one that was never asked.
 */
export function completeTranscript(
  returned: readonly unknown[],
  records: readonly CallRecord[],
): CallRecord[] | null {
  const asked = new Map(records.map((record) => [JSON.stringify(callKey(record)), record]));
  const transcript: CallRecord[] = [];
  for (const one of returned) {
    const key = JSON.stringify(callKey(one as CallRecord));
    const record = asked.get(key);
    if (record === undefined) return null;
    transcript.push(record);
    asked.delete(key);
  }
  return [...transcript, ...asked.values()];
}

const tooLate = new Error("too late");

/** A timer of more than this fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Rejects where nothing comes of it for so long while no call is under way. */
async function watched(
  code: () => unknown,
  witness: CallRecorder,
  patienceMs: number,
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const timerMs = Math.min(patienceMs, longestTimerMs);
  const patience = new Promise<never>((_, reject) => {
    const rearm = (pending: number) => {
      clearTimeout(timer);
      if (pending === 0) timer = setTimeout(() => reject(tooLate), timerMs);
    };
    witness.onCalls(rearm);
    rearm(0);
  });
  try {
    return await Promise.race([witness.run(async () => code()), patience]);
  } finally {
    witness.onCalls(null);
    clearTimeout(timer);
  }
}
