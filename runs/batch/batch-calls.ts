import { worstCaseOf, usdOf, type Budget } from "../../models/cost/budget.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import type { Endpoint } from "../../models/endpoint.ts";
import type { CallBatch } from "../../models/gate/batched.ts";
import type { Gate } from "../../models/gate/gate.ts";
import { storageFailure, type Attempt, type CallJournal } from "../../models/gate/journal.ts";
import { plainRequest } from "../../models/gate/request/plain-request.ts";
import { isFailure, type Answer, type Send, type Sent } from "../../models/gate/step.ts";
import type { WireFailure } from "../../models/wire/classify-failure.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import type { Fields } from "../../models/wire/request-params.ts";
import { callId } from "./call-id.ts";
import type { FailedCall } from "./failed-calls.ts";
import type { IdTable } from "./wave-files/id-table.ts";
import { readResult, type OutputLine } from "./wave-files/output-line.ts";
import type { ParkedRows } from "./parked-rows.ts";

/** A call of the next wave; `worst` is the most that it can cost, in units of the budget. */
export type AddedCall = { readonly id: string; readonly body: Fields; readonly worst: number };

/** One time through all rows. */
export type Pass = {
  /** What the last wave brought for a call. */
  readonly find: (id: string) => Promise<OutputLine["result"] | undefined>;
  /** Writes a call of the next wave. */
  readonly add: (model: string, call: AddedCall) => Promise<void>;
  /** The calls that share one answer and are written, by `callId`. */
  readonly written: IdTable;
  /** The calls whose failure in the last wave was noted, by `callId`. */
  readonly noted: Set<string>;
  /** Notes a call that the budget leaves no room for in this wave. */
  readonly defer: (shortfall: string) => void;
  /** Gives back what was set aside for a call of the last wave, up to `worst`; in units. */
  readonly free: (worst: number) => number;
};

export type BatchCallsOptions = {
  readonly takes: (endpoint: Endpoint) => boolean;
  readonly pass: () => Pass;
  readonly rows: ParkedRows;
  readonly journal: CallJournal;
  readonly budget: Budget;
  readonly priceOf: PriceOf;
  /** The calls that failed in batches, by `callId`. */
  readonly failed: Map<string, FailedCall>;
  readonly halt: Gate["halt"];
};

/** As for a live call: so often is a call asked in batches that bring no answer to it. */
const sendsAtMost = 5;

/** The calls of a run that go into batches: found in what the last wave brought, or parked. */
export function createBatchCalls(options: BatchCallsOptions): CallBatch {
  const { takes, pass, rows, failed, halt } = options;

  async function bring(send: Send, once: boolean): Promise<Sent> {
    const { call, requestHash, endpoint } = send;
    const id = callId(call.address, requestHash, once);
    const given = failed.get(id);
    if (given !== undefined && isFinal(given)) return failureOf(given);
    const brought = await pass().find(id);
    if (brought === undefined || pass().noted.has(id)) return null;
    if (endpoint.protocol === null) throw new Error(`${endpoint.spec} answers in this process`);
    const sent = readResult(brought, endpoint.protocol);
    const attempt = attemptOf(send, once, (given?.times ?? 0) + 1);
    if (!isFailure(sent)) return keep(send, attempt, sent, options);
    pass().noted.add(id);
    const now = await giveUp(send, attempt, sent, options);
    failed.set(id, now);
    return isFinal(now) ? failureOf(now) : null;
  }

  return {
    takes,
    isGivenUp: ({ number }) => rows.isGivenUp(number),
    follow: ({ number }) => rows.follow(number),
    park: (send, once) => park(send, once, options),
    async bring(send, once) {
      try {
        return await bring(send, once);
      } catch (error) {
        if (!isFellowshipError(error)) throw error;
        const failure = storageFailure(error);
        halt(failure);
        return failure;
      }
    },
  };
}

/** Writes an answer down as a live one is, and what it cost. */
async function keep(
  { endpoint, call, bound }: Send,
  attempt: Attempt,
  answer: Answer,
  { journal, budget, priceOf, pass }: BatchCallsOptions,
): Promise<Answer> {
  const { tokens } = answer.read;
  const price = priceOf(endpoint.spec, call.address.agent);
  const usd = tokens === null ? undefined : usdOf(price, tokens);
  await journal.keep({ ...attempt, worstUsd: usdOf(price, bound) }, answer.raw, usd);
  const { worst } = worstCaseOf(price, bound);
  if (price !== "free") budget.settle({ price, worst: pass().free(worst) }, tokens);
  return answer;
}

/** Notes that a batch brought no answer to a call. */
async function giveUp(
  { endpoint, call, bound }: Send,
  attempt: Attempt,
  { outcome, detail, cost }: WireFailure,
  { journal, budget, priceOf, pass }: BatchCallsOptions,
): Promise<FailedCall> {
  const price = priceOf(endpoint.spec, call.address.agent);
  const worstUsd = usdOf(price, bound);
  await journal.giveUp({ ...attempt, worstUsd }, outcome, cost, detail);
  const { worst } = worstCaseOf(price, bound);
  const reservation = { price, worst: pass().free(worst) };
  if (cost === "none" || price === "free") budget.release(reservation);
  else budget.settle(reservation, null);
  return { times: attempt.attempt, outcome, detail };
}

/** Writes a call into the next wave, and waits until its row is given up. */
async function park(
  { call, endpoint, bound, requestHash }: Send,
  once: boolean,
  { pass, rows, budget }: BatchCallsOptions,
): Promise<void> {
  const { row, agent } = call.address;
  const id = callId(call.address, requestHash, once);
  const isWritten = once && pass().written.get(id) !== undefined;
  const reservation = isWritten ? null : budget.reserve(endpoint.spec, bound, agent);
  if (reservation !== null) {
    if (once) pass().written.set(id, { fate: "asked", file: 0, offset: 0, length: 0 });
    const request = plainRequest(call.messages, endpoint);
    if (request === undefined) throw new Error(`${endpoint.spec} makes no request of its own`);
    await pass().add(endpoint.spec, { id, body: request.body, worst: reservation.worst });
  } else if (!isWritten) pass().defer(budget.shortfall(endpoint.spec, bound, agent));
  await rows.park(row.number);
}

function attemptOf(
  { call: { address }, requestHash, bound }: Send,
  once: boolean,
  attempt: number,
): Attempt {
  return { address, requestHash, attempt, bound, ...(once ? { once } : {}) };
}

/** A refusal of the request ends the row; a model that is not there can be put right. */
function isFinal({ outcome, times }: FailedCall): boolean {
  if (["invalid_request", "context_overflow", "filtered"].includes(outcome)) return true;
  return outcome !== "provider_refused" && times >= sendsAtMost;
}

function failureOf({ outcome, detail }: FailedCall): WireFailure {
  return { outcome, remedy: "row", detail, waitMs: null, cost: "none" };
}
