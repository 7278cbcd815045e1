import type { CallRecord } from "../../state/calls/call-record.ts";
import { isTrainingText, type Call, type CallAddress } from "../call.ts";
import type { BudgetAccount } from "../cost/budget.ts";
import { worstCaseTokens } from "../cost/worst-case-tokens.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Limits } from "../rate-limit/given-limits.ts";
import { otherModel } from "../providers/other-model.ts";
import type { WireFailure } from "../wire/classify-failure.ts";
import { answered } from "./answered.ts";
import { askedOnce, sharedRequest } from "./asked-once.ts";
import { balanced } from "./balanced.ts";
import { batched, followedByBatch, type CallBatch } from "./batched.ts";
import { budgeted } from "./budgeted.ts";
import { createCircuitBreaker } from "./failure/circuit-breaker.ts";
import { createHaltSwitch, type Halt } from "./failure/halt-switch.ts";
import type { CallJournal } from "./journal.ts";
import { paced, spaced } from "./paced.ts";
import { createPacing } from "./pacing.ts";
import { recorded } from "./recorded.ts";
import { requestHash } from "./request/request-hash.ts";
import { retried } from "./retried.ts";
import { sendToModel } from "./send-to-model.ts";
import { isPromptTruncated } from "../cost/truncated-prompt.ts";
import { unambiguous } from "../thinking/unambiguous.ts";
import { chain, isFailure, readingOf, type Send, type Sent } from "./step.ts";
import { traced } from "./traced.ts";

export type { Halt } from "./failure/halt-switch.ts";

/** The one way to a model: every call of a run goes through it, and it alone sends a call again. */
export type Gate = {
  /** Asks, and resolves with an outcome whatever goes wrong. A rejection is a bug of ours. */
  ask(call: Call, endpoint: Endpoint): Promise<CallRecord>;
  /** Notes that an earlier session of this run had an answer from this model. */
  answeredBefore(spec: string): void;
  /**
   * Lets no new call out. Those on their way are awaited; those that wait for a retry end at once.
   */
  halt(halt: Halt): void;
  /** Halts, and cuts the calls on their way. */
  abort(): void;
  readonly halted: Halt | null;
};

/** A gate in the process that makes the calls. */
export type CallingGate = Gate & {
  /** Aborted when it is halted. */
  readonly halting: AbortSignal;
};

export type GateOptions = {
  /** Asked for at each call, since graphs are built before a directory is opened. */
  readonly journal?: () => CallJournal | undefined;
  /** Asked for at each call, since only the run's directory knows what was spent before. */
  readonly budget?: () => BudgetAccount | undefined;
  /** Calls that go into batches; asked for at each call. All are made live where not given. */
  readonly batch?: () => CallBatch | undefined;
  /**
   * Called with every finished call; `bought` is false where it was answered from the journal or
   * never sent.
   */
  readonly onCall?: (record: CallRecord, bought: boolean, address: CallAddress) => void;
  /**
   * Called with a sentence for people, when a server can't be reached, and when an address of a
   * model fails or answers again.
   */
  readonly onNotice?: (message: string) => void;
  /**
   * The longest one request may take, in milliseconds, where the agent does not say. Default 10
   * minutes.
   */
  readonly timeoutMs?: number;
  /** The longest silence inside an answer, in milliseconds. Default 60 seconds. */
  readonly idleMs?: number;
  /**
   * The first wait before a request is sent again, in milliseconds; doubled each time. Default 1
   * second.
   */
  readonly retryMs?: number;
  /**
   * The longest time one provider may hold all calls back, in milliseconds, before the run stops.
   * Default 30 minutes.
   */
  readonly patienceMs?: number;
  /**
   * Limits known beforehand, by model spec (`openai:gpt-4o`), or by provider (`openai`) for all its
   * models together.
   */
  readonly limits?: Readonly<Record<string, Limits>> | undefined;
};

/**
 * Opens a gate for one run. The list of steps is the order of a call: the journal (already
 * answered?), the batch where calls go into one, the answers to identical calls, the retries, the
 * budget (its worst case is set aside), the choice of an address, the limiter of its model, the
 * tracers, the intent in the journal, the departure, and the wire, whose raw answer is in the
 * journal before any code reads it.
 *
 * @example
 * const gate = createGate({ journal: () => journal });
 * const record = await gate.ask(call, await createEndpoint("openai:gpt-4o", {}, process.env));
 */
export function createGate(options: GateOptions = {}): CallingGate {
  const { retryMs = 1_000, patienceMs = 30 * 60_000, idleMs = 60_000, limits } = options;
  const { timeoutMs = 600_000, journal = none, budget = none, batch = none } = options;
  const { onCall, onNotice = none } = options;
  const stop = createHaltSwitch();
  const breakerOf = perModel((spec) => createCircuitBreaker({ spec, patienceMs }));
  const pacerOf = createPacing({ limits, retryMs });
  const send = chain(
    [
      followedByBatch(batch),
      answered({ journal, breakerOf, stop }),
      batched({ batch, journal, stop }),
      askedOnce({ journal, stop }),
      retried({
        policy: { retryMs },
        breakerOf,
        journal,
        stop,
        onUnreached: oncePerModel(options),
      }),
      budgeted({ budget, stop }),
      balanced({ pacerOf, restMs: retryMs, onNotice }),
      paced({ pacerOf, stop }),
      traced,
      recorded(journal),
      spaced({ pacerOf, stop }),
    ],
    sendToModel({ timeoutMs, idleMs, cutting: stop.cutting }),
  );
  return {
    async ask(call, endpoint) {
      const first = firstSend(call, endpoint);
      const sent = await send(first);
      const waits = sent === null && stop.halted === null;
      const plain = recordOf(call, endpoint, sent, stop.halted);
      const record = { ...plain, ...sharedRequest(first, plain) };
      const bought = sent !== null && (isFailure(sent) || sent.source === "model");
      // A call that waits for a batch is not over.
      if (!waits) onCall?.(record, bought, call.address);
      return record;
    },
    answeredBefore: (spec) => breakerOf(spec).answeredBefore(),
    halt: stop.halt,
    abort: stop.abort,
    get halted() {
      return stop.halted;
    },
    halting: stop.halting,
  };
}

const none = () => undefined;

function firstSend(call: Call, endpoint: Endpoint): Send {
  return {
    call,
    endpoint,
    requestHash: requestHash(call, endpoint),
    bound: worstCaseTokens(call.messages, endpoint),
    price: null,
    attempt: 1,
    followedBy: null,
    heard: () => undefined,
    keep: async () => null,
  };
}

function recordOf(
  { address, expects, messages }: Call,
  { spec }: Endpoint,
  sent: Sent,
  halted: Halt | null,
): CallRecord {
  const { agent, part, turn } = address;
  const { answeredBy, ...read } = readingOf(sent ?? stoppedBy(halted));
  const other = otherModel(spec, answeredBy);
  const truncated = read.tokens != null && isPromptTruncated(messages, read.tokens.in);
  return {
    agent,
    part,
    turn,
    model: spec,
    ...(isTrainingText(expects) ? unambiguous(read) : read),
    ...(truncated ? { promptTruncated: true } : {}),
    ...(other === undefined ? {} : { answeredBy: other }),
  };
}

function stoppedBy(halted: Halt | null): WireFailure {
  const { outcome, detail } = halted ?? { outcome: "interrupted", detail: "stopped" };
  return { outcome, remedy: "run", detail, waitMs: null, cost: "none" };
}

/** Gives notice of a server that can't be reached, once for each model. */
function oncePerModel({ onNotice }: GateOptions): (spec: string, detail: string) => void {
  const told = new Set<string>();
  return (spec, detail) => {
    if (told.has(spec)) return;
    told.add(spec);
    onNotice?.(`${spec}: ${detail}. Is the server running? Its calls are sent again.`);
  };
}

/** Makes one of something for each model, when it is first asked for. */
function perModel<Value>(create: (spec: string) => Value): (spec: string) => Value {
  const known = new Map<string, Value>();
  return (spec) => {
    const value = known.get(spec) ?? create(spec);
    known.set(spec, value);
    return value;
  };
}
