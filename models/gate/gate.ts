import { setMaxListeners } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { CallRecord } from "../../state/call-record.ts";
import type { Outcome } from "../../state/outcome.ts";
import type { Budget } from "../cost/budget.ts";
import type { Call, CallAddress } from "../call.ts";
import { worstCaseTokens } from "../cost/worst-case-tokens.ts";
import type { WireFailure } from "../wire/classify-failure.ts";
import type { Endpoint } from "../endpoint.ts";
import { createTokenEstimate } from "../cost/estimate-tokens.ts";
import { followCall } from "./call-callbacks.ts";
import { createGivenLimits, type GivenLimits, type Limits } from "../rate-limit/given-limits.ts";
import type { CallJournal } from "./journal.ts";
import { createLane, newTries, type Lane } from "./lane.ts";
import type { Ticket } from "../rate-limit/limiter.ts";
import type { RawAnswer } from "../wire/raw-answer.ts";
import { isForeign, readAnswer, type ReadAnswer } from "../wire/read-answer.ts";
import { requestHash } from "./request-hash.ts";
import { sendReserved } from "./reserved-send.ts";
import { isFailure, sendCall, storageFailure } from "./send-call.ts";
import { waitFor } from "./wait-for.ts";

/** Why a gate lets nothing more through. */
export type Halt = { readonly outcome: Outcome; readonly detail: string };

/** The one way to a model. Every call of a run goes through it, and it alone sends anything again. */
export type Gate = {
  /** Asks, and always resolves: what went wrong is an outcome. What rejects is a bug of ours. */
  ask(call: Call, endpoint: Endpoint): Promise<CallRecord>;
  /** Lets no new call out; those on their way come home, those that wait to be sent again end at once. */
  halt(halt: Halt): void;
  /** Halts, and cuts the calls on their way. */
  abort(): void;
  readonly halted: Halt | null;
};

export type GateOptions = {
  /** Where calls are written down; asked for at each call, since graphs are built before a directory is opened. */
  readonly journal?: () => CallJournal | undefined;
  /** What the run may spend; asked for at each call, since what it spent before stands in its directory. */
  readonly budget?: () => Budget | undefined;
  /** Told of every finished call; `bought` is false for an answer out of the journal and for a call never sent. */
  readonly onCall?: (record: CallRecord, bought: boolean, address: CallAddress) => void;
  /** The longest one request may take, in milliseconds, where the agent does not say. Default 10 minutes. */
  readonly timeoutMs?: number;
  /** The longest silence inside an answer, in milliseconds. Default 60 seconds. */
  readonly idleMs?: number;
  /** The first wait before a request is sent again, in milliseconds; doubled each time. Default 1 second. */
  readonly retryMs?: number;
  /** The longest time one provider may hold all calls back, in milliseconds, before the run stops. Default 30 minutes. */
  readonly patienceMs?: number;
  /** Limits known beforehand, by model spec (`openai:gpt-4o`) or, for all models of it together, by provider (`openai`). */
  readonly limits?: Readonly<Record<string, Limits>> | undefined;
};

/**
 * Opens a gate for one run.
 *
 * The order of a call: the journal (already answered?), the budget (its worst case is set aside), the lane of its model
 * (is the provider holding us back?), intent, wire, raw answer into the journal, and only then reading it. So an answer whose last byte arrived
 * is never bought again, whatever is wrong with it.
 *
 * @example
 * const gate = createGate({ journal: () => journal });
 * const record = await gate.ask(call, await createEndpoint("openai:gpt-4o", {}, process.env));
 */
export function createGate(options: GateOptions = {}): Gate {
  const { retryMs = 1_000, patienceMs = 30 * 60_000, idleMs = 60_000 } = options;
  const lanes = new Map<string, Lane>();
  const estimate = createTokenEstimate();
  const given = new Map<string, GivenLimits>(
    Object.entries(options.limits ?? {}).map(([name, one]) => [name, createGivenLimits(one)]),
  );
  // One of each for all calls of a run, so any number may listen to it.
  const halting = new AbortController();
  const cutting = new AbortController();
  setMaxListeners(0, halting.signal, cutting.signal);
  let halted: Halt | null = null;

  function halt({ outcome, detail }: Halt): void {
    // Lost storage is worse news than whatever stopped the run before it.
    const outranks = outcome === "storage_failed" && halted?.outcome !== "storage_failed";
    if (halted === null || outranks) halted = { outcome, detail };
    halting.abort();
  }

  function overBudget(detail: string): void {
    halt({ outcome: "over_budget", detail });
  }

  function laneOf({ spec, dialect }: Endpoint): Lane {
    const known = lanes.get(spec);
    if (known !== undefined) return known;
    const names = [spec, spec.slice(0, spec.indexOf(":"))];
    const limits = names.map((name) => given.get(name)).filter((one) => one !== undefined);
    const softStart = dialect !== "in-process" && limits.length === 0;
    const lane = createLane(spec, { retryMs, patienceMs }, limits, softStart);
    lanes.set(spec, lane);
    return lane;
  }

  /** What an answer took, for the limits on tokens. */
  function tokensOf({ tokens }: ReadAnswer): number | null {
    if (given.size === 0 || tokens === null) return null;
    estimate.learn(tokens.out);
    return tokens.in + tokens.out;
  }

  async function ask(call: Call, endpoint: Endpoint): Promise<CallRecord> {
    const hash = requestHash(call, endpoint);
    const known = await findKnown(call, hash);
    if (known === undefined) {
      const { ended, attempts } = await sendUntilAnswered(call, endpoint, hash);
      return finish(call, endpoint, ended, attempts > 0);
    }
    // A row answered from the journal alone would never let timers and signals in.
    await nextTurn();
    await (await followCall(call, endpoint, "journal"))?.end(known);
    const read = endOf(known);
    if (!isFailure(known) && read.outcome !== "bad_response") laneOf(endpoint).answeredBefore();
    return finish(call, endpoint, read, false);
  }

  async function findKnown(call: Call, hash: string): Promise<RawAnswer | WireFailure | undefined> {
    try {
      return await options.journal?.()?.find(call.address, hash);
    } catch (error) {
      const failure = storageFailure(error);
      halt(failure);
      return failure;
    }
  }

  /** Sends until there is an answer or nothing to hope for; `attempts` counts the sends. */
  async function sendUntilAnswered(
    call: Call,
    endpoint: Endpoint,
    hash: string,
  ): Promise<{ ended: ReadAnswer; attempts: number }> {
    const lane = laneOf(endpoint);
    const tries = newTries(options.journal?.()?.refusedBefore?.(call.address, hash));
    for (let attempts = 0; ;) {
      if (halted !== null) return { ended: unanswered(stoppedBy(halted)), attempts };
      const { sent, ticket } = await sendOnce(call, endpoint, hash, attempts + 1);
      if (sent === null || ticket === null) {
        if (ticket !== null) lane.dropped(ticket);
        if (sent !== null) return { ended: endOf(sent), attempts };
        continue;
      }
      attempts += 1;
      if (!isFailure(sent)) {
        return { ended: received(sent, lane, ticket), attempts };
      }
      const next = lane.next(sent, tries, ticket);
      if (next.kind === "over") {
        if (next.stopsRun) halt(next.failure);
        return { ended: unanswered(next.failure), attempts };
      }
      await waitFor(next.waitMs, halting.signal);
    }
  }

  /** Reads an answer, and tells the lane of it. A body that no model can have said is its row's; many in a row stop the run. */
  function received(answer: RawAnswer, lane: Lane, ticket: Ticket): ReadAnswer {
    const read = readAnswer(answer);
    if (read.outcome !== "bad_response" || !isForeign(answer)) {
      lane.answered(ticket, tokensOf(read));
      return read;
    }
    const stop = lane.foreign(ticket, read.detail ?? "");
    if (stop !== null) halt(stop);
    return read;
  }

  /** One send, with money set aside and a ticket of the limiter; nulls where the gate was halted before it left. */
  async function sendOnce(
    call: Call,
    endpoint: Endpoint,
    hash: string,
    number: number,
  ): Promise<{ sent: RawAnswer | WireFailure | null; ticket: Ticket | null }> {
    const bound = worstCaseTokens(call.messages, endpoint);
    const budget = options.budget?.();
    const paying = { endpoint, bound, budget, halting: halting.signal, onShortfall: overBudget };
    let ticket: Ticket | null = null;
    try {
      const sent = await sendReserved(paying, async () => {
        const tokens = given.size === 0 ? 0 : estimate.of(call, endpoint);
        ticket = await laneOf(endpoint).ready(halting.signal, tokens);
        if (halted !== null || ticket === null) return null;
        return sendCall({
          call,
          endpoint,
          attempt: { address: call.address, requestHash: hash, attempt: number, bound },
          journal: options.journal?.(),
          departure: () => laneOf(endpoint).departure(halting.signal),
          totalMs: endpoint.settings.timeoutMs ?? options.timeoutMs ?? 600_000,
          idleMs,
          halting: halting.signal,
          cutting: cutting.signal,
        });
      });
      return { sent, ticket };
    } catch (error) {
      // A request that ended in a bug of ours must not stay open for the limiter.
      if (ticket !== null) laneOf(endpoint).dropped(ticket);
      throw error;
    }
  }

  function finish(call: Call, endpoint: Endpoint, read: ReadAnswer, bought: boolean): CallRecord {
    const { agent, part, turn } = call.address;
    const record = { agent, part, turn, model: endpoint.spec, ...read };
    options.onCall?.(record, bought, call.address);
    return record;
  }

  return {
    ask,
    halt,
    abort() {
      halt({ outcome: "interrupted", detail: "stopped" });
      cutting.abort();
    },
    get halted() {
      return halted;
    },
  };
}

function endOf(sent: RawAnswer | WireFailure): ReadAnswer {
  return isFailure(sent) ? unanswered(sent) : readAnswer(sent);
}

function unanswered({ outcome, detail }: WireFailure): ReadAnswer {
  return { outcome, detail, content: "", finish: null, tokens: null };
}

function stoppedBy(halt: Halt | null): WireFailure {
  const { outcome, detail } = halt ?? { outcome: "interrupted", detail: "stopped" };
  return { outcome, remedy: "run", detail, waitMs: null, cost: "none" };
}
