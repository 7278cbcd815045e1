import { isGraphBubbleUp } from "@langchain/langgraph";
import type { CallRecord } from "../state/calls/call-record.ts";
import { openCallRecorder, type CallRecorder, type CodeScope } from "./call-recorder.ts";
import { badNode, nodeFailed, shownError, type UserCodeOutcome } from "./custom-node-failure.ts";

/** The longest that custom code may do anything but wait for its calls, unless it is set. */
export const defaultPatienceMs = 600_000;

/** How custom code ended, and the calls it made in the order in which they were asked. */
export type UserCodeEnd = UserCodeOutcome & { readonly records: CallRecord[] };

/**
 * Runs custom code to its end, and all the calls it made. An error that it throws is its failure.
 * Code that waits for anything but its calls longer than `patienceMs` has failed; code that never
 * yields to the process can't be stopped.
 */
export async function runUserCode(
  code: () => unknown,
  scope: CodeScope,
  patienceMs: number,
): Promise<UserCodeEnd> {
  const recorder = openCallRecorder(scope);
  let outcome: UserCodeOutcome;
  try {
    const value = await watched(code, recorder, patienceMs);
    outcome =
      recorder.pending() === 0
        ? { failure: null, value }
        : badNode("returned before its call was answered");
  } catch (error) {
    // An interrupt of LangGraph: a person is asked, and the graph goes on later.
    if (error instanceof Error && isGraphBubbleUp(error)) throw error;
    outcome = nodeFailed(
      error === tooLate
        ? `did not return within ${patienceMs / 1000} seconds`
        : `threw ${shownError(error)}`,
    );
  }
  return { ...(await recorder.finish(outcome)), records: recorder.records() };
}

const tooLate = new Error("too late");

/** Rejects where the code neither ends nor has a call under way for so long. */
async function watched(
  code: () => unknown,
  recorder: CallRecorder,
  patienceMs: number,
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_, reject) => {
    const rearm = (pending: number) => {
      clearTimeout(timer);
      if (pending === 0) timer = setTimeout(() => reject(tooLate), patienceMs);
    };
    recorder.onCalls(rearm);
    rearm(0);
  });
  try {
    return await Promise.race([recorder.run(async () => code()), patience]);
  } finally {
    recorder.onCalls(null);
    clearTimeout(timer);
  }
}
