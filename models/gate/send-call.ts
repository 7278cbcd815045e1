import { setImmediate as nextTurn } from "node:timers/promises";
import type { Call } from "../call.ts";
import { classifyFailure, type WireFailure } from "../wire/classify-failure.ts";
import type { Endpoint } from "../endpoint.ts";
import { followCall } from "./call-callbacks.ts";
import { answerIn, type InProcessCallOptions } from "../in-process/in-process.ts";
import type { Attempt, CallJournal } from "./journal.ts";
import type { RawAnswer } from "../wire/raw-answer.ts";
import { embeddedErrorIn } from "../wire/embedded-error.ts";
import { requestMessages } from "./request-messages.ts";
import { untraced } from "./noop-tracer.ts";
import { onWire } from "../wire/wire.ts";

/** One send of one call. */
export type Sending = {
  readonly call: Call;
  readonly endpoint: Endpoint;
  readonly attempt: Attempt;
  /** Where it is written down; none outside a run. */
  readonly journal: CallJournal | undefined;
  /** Resolves when it may go out, once its intent is written. */
  readonly departure: () => Promise<void>;
  readonly totalMs: number;
  readonly idleMs: number;
  /** Aborted when no new request may leave. */
  readonly halting: AbortSignal;
  /** Cuts the request. */
  readonly cutting: AbortSignal;
};

/**
 * Sends a call once, and returns what came back before anyone read it, or why nothing did; null when the gate was
 * halted before the request could leave.
 */
export async function sendCall(sending: Sending): Promise<RawAnswer | WireFailure | null> {
  const { call, endpoint, attempt } = sending;
  const followed = await followCall(call, endpoint, { attempt: attempt.attempt });
  const isHere = endpoint.dialect === "in-process";
  const sent = isHere ? await askInProcess(sending) : await askOverWire(sending, followed !== null);
  await followed?.end(sent);
  return sent;
}

export function isFailure(sent: RawAnswer | WireFailure): sent is WireFailure {
  return "remedy" in sent;
}

/**
 * The order that keeps a paid answer from being lost or bought again: the intent is on disk before the request leaves,
 * and the raw answer before the client, or anyone, parses it. What the client makes of the response does not
 * matter: clients throw away answers that were paid for. It is read from what the wire received.
 */
async function askOverWire(
  sending: Sending,
  isFollowed: boolean,
): Promise<RawAnswer | WireFailure | null> {
  const { call, endpoint, attempt, journal, totalMs, idleMs } = sending;
  const unwritten = await write(() => journal?.intend(attempt));
  if (unwritten !== null) return unwritten;
  await sending.departure();
  if (sending.halting.aborted) return write(() => journal?.giveUp(attempt, "interrupted", "none"));
  let answer: RawAnswer | WireFailure | undefined;
  const result = await onWire(
    {
      totalMs,
      idleMs,
      signal: sending.cutting,
      received: async ({ status, body }) => {
        if (status < 200 || status > 299 || embeddedErrorIn(body) !== null) return;
        const dialect = endpoint.dialect === "google" ? "google" : "openai";
        const raw: RawAnswer = { kind: "http", dialect, status, body };
        answer = (await write(() => journal?.keep(attempt, raw))) ?? raw;
      },
    },
    () =>
      endpoint.chatModel.invoke(
        requestMessages(call.messages, endpoint),
        // Who follows the call has been told of it; the client would tell it a second time.
        isFollowed ? { callbacks: [untraced] } : {},
      ),
  );
  if (answer !== undefined) return answer;
  const failure = classifyFailure(result);
  return (await write(() => journal?.giveUp(attempt, failure.outcome, failure.cost))) ?? failure;
}

/** A model in this process costs nothing and is asked again for nothing, so only what it answered is kept. */
async function askInProcess(sending: Sending): Promise<RawAnswer | WireFailure> {
  const { call, endpoint, attempt, journal } = sending;
  await nextTurn();
  const inProcess: Partial<InProcessCallOptions> = { call };
  // Past the client's own bookkeeping, which takes longer than such a model does.
  const { generations } = await endpoint.chatModel._generate(
    requestMessages(call.messages, endpoint),
    inProcess,
  );
  const reply = generations[0]?.message;
  if (reply === undefined) throw new Error(`${endpoint.spec} generated nothing`);
  const answer = answerIn(reply);
  // A call that a cassette lacks may stand in it tomorrow.
  if (answer.kind === "in-process" && answer.failure !== undefined) return answer;
  return (await write(() => journal?.keep(attempt, answer))) ?? answer;
}

/** Writes to the journal; a failure when it can't be written. */
async function write(entry: () => Promise<void> | undefined): Promise<WireFailure | null> {
  try {
    await entry();
    return null;
  } catch (error) {
    return storageFailure(error);
  }
}

/** The failure of a call whose journal can't be read or written: the run ends here. */
export function storageFailure(error: unknown): WireFailure {
  const detail = error instanceof Error ? error.message : String(error);
  return { outcome: "storage_failed", remedy: "run", detail, waitMs: null, cost: "unknown" };
}
