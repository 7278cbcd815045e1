import type { WireFailure } from "../wire/classify-failure.ts";
import type { GivenLimits } from "../rate-limit/given-limits.ts";
import { createLimitLine } from "../rate-limit/request-queue.ts";
import { createLimiter, type Ticket } from "../rate-limit/limiter.ts";
import { waitFor } from "./wait-for.ts";

/** How long and how often the gate tries. */
export type RetryPolicy = {
  /** The first wait before a request is sent again, in milliseconds; doubled each time, up to 60 times as long. */
  readonly retryMs: number;
  /** The longest time one provider may hold us back, in milliseconds, by its own word or by refusing all calls. */
  readonly patienceMs: number;
};

/** What follows a send that brought no answer. */
export type Next =
  | { readonly kind: "again"; readonly waitMs: number }
  /** The call is over; `stopsRun` where the others to this model would fare no better. */
  | { readonly kind: "over"; readonly failure: WireFailure; readonly stopsRun: boolean };

/** What one call has been through. */
export type Tries = {
  readonly failed: Record<keyof typeof sendsAtMost, number>;
  /** When the provider first held this call back, by `performance.now()`. */
  heldSince: number | null;
  /** Whether an earlier session of this run sent the very same request and was refused it. */
  readonly wasRefusedBefore: boolean;
};

/** Everything the gate knows of one model's provider, shared by all calls to it. */
export type Lane = {
  /** Resolves with a ticket when a request may go out, with null when the signal is aborted. */
  ready(signal: AbortSignal, tokens?: number): Promise<Ticket | null>;
  /** Resolves when a request that may go out goes: not together with the one before it. */
  departure(signal: AbortSignal): Promise<void>;
  /** Notes that a call came through, and what tokens it took where that is known. */
  answered(ticket: Ticket, tokens: number | null): void;
  /** Notes that a body arrived which no model can have said; null where the call alone is over. */
  foreign(ticket: Ticket, detail: string): WireFailure | null;
  /** Notes that an earlier session of this run had an answer from this model. */
  answeredBefore(): void;
  /** Notes that a request never left. */
  dropped(ticket: Ticket): void;
  /** Decides what follows a failed send, and notes it in `tries`. */
  next(failure: WireFailure, tries: Tries, ticket: Ticket): Next;
};

/** How often one call is sent at most, by what becomes of it; being limited (429) does not count. */
const sendsAtMost = { overloaded: 9, transient: 5, once: 2 } as const;
/** So many calls in a row without any answer, and the run stops instead of failing every row. */
const failuresBeforeStop = 20;
/** A call that is held back for a day while others come through will not come through. */
const longestHoldMs = 24 * 3_600_000;

export function newTries(wasRefusedBefore = false): Tries {
  return {
    failed: { overloaded: 0, transient: 0, once: 0 },
    heldSince: null,
    wasRefusedBefore,
  };
}

/** Opens the lane of one model; `spec` names it in what is said about it, `given` are the limits known beforehand. */
export function createLane(
  spec: string,
  policy: RetryPolicy,
  given: readonly GivenLimits[] = [],
  softStart = true,
): Lane {
  const limiter = createLimiter({ given, softStart, firstWaitMs: policy.retryMs });
  const line = createLimitLine(limiter);
  for (const limits of given) limits.onEnded.add(() => line.move());
  let failuresInARow = 0;
  let hasAnswered = false;
  let complaint = { about: "", times: 0 };
  let heldSince: number | null = null;

  function held(failure: WireFailure, tries: Tries): Next {
    const now = performance.now();
    heldSince ??= now;
    tries.heldSince ??= now;
    if (now - heldSince >= policy.patienceMs) {
      return stop(failure, `has answered nothing for ${minutes(now - heldSince)}`);
    }
    if (now - tries.heldSince >= longestHoldMs) return over(failure);
    return { kind: "again", waitMs: 0 };
  }

  function failed(failure: WireFailure): Next {
    failuresInARow += 1;
    if (failuresInARow < failuresBeforeStop) return over(failure);
    return stop(failure, `has left ${failuresInARow} calls in a row without an answer`);
  }

  /**
   * One request that is wrong is the row's; when none was right yet and all are refused for the same reason, it is a
   * setting. Rows that are wrong may stand side by side, and stand first when a run goes on: what is said of
   * their texts, or after an answer, or each time of something else, or was said before, never stops the run.
   */
  function refusedAlone(failure: WireFailure, { wasRefusedBefore }: Tries): Next {
    if (hasAnswered || wasRefusedBefore || ofTheText.test(failure.detail)) return over(failure);
    const about = withoutParticulars(failure.detail);
    complaint = { about, times: about === complaint.about ? complaint.times + 1 : 1 };
    if (complaint.times < failuresBeforeStop) return over(failure);
    return stop(
      failure,
      `has refused ${complaint.times} calls in a row for the same reason, and answered none (a setting that it does not take?)`,
    );
  }

  function stop(failure: WireFailure, why: string): Next {
    return ended(stoppedFor(failure, why));
  }

  function stoppedFor(failure: WireFailure, why: string): WireFailure {
    const detail = `${spec} ${why}; the last it said: ${failure.detail}`;
    return { ...failure, outcome: "provider_refused", remedy: "run", detail };
  }

  function refused(failure: WireFailure): Next {
    if (failure.outcome !== "provider_refused") return ended(failure);
    return ended({ ...failure, detail: `${spec}: ${failure.detail}` });
  }

  return {
    ready: (signal, tokens = 0) => line.join(tokens, signal),
    async departure(signal) {
      const now = performance.now();
      const waitMs = Math.max(0, ...given.map((limits) => limits.departureMs(now)));
      if (waitMs >= 1) await waitFor(waitMs, signal);
    },
    answered(ticket, tokens) {
      failuresInARow = 0;
      hasAnswered = true;
      heldSince = null;
      limiter.accepted(ticket, performance.now(), tokens);
      line.move();
    },
    foreign(ticket, detail) {
      failuresInARow += 1;
      limiter.accepted(ticket, performance.now(), null);
      line.move();
      if (failuresInARow < failuresBeforeStop) return null;
      return stoppedFor(
        { outcome: "bad_response", remedy: "row", detail, waitMs: null, cost: "unknown" },
        `has left ${failuresInARow} calls in a row without an answer: what comes is no model's, so check the base URL and what stands in between (a proxy, a login page)`,
      );
    },
    answeredBefore() {
      hasAnswered = true;
    },
    dropped(ticket) {
      limiter.dropped(ticket);
      line.move();
    },
    next(failure, tries, ticket) {
      const { remedy, waitMs } = failure;
      const now = performance.now();
      if (remedy === "wait") limiter.refused(ticket, now, waitMs);
      else limiter.accepted(ticket, now, null);
      line.move();
      if (remedy === "run") return refused(failure);
      if (remedy === "row") {
        return failure.outcome === "invalid_request" ? refusedAlone(failure, tries) : over(failure);
      }
      if (waitMs !== null && waitMs > policy.patienceMs) {
        return stop(failure, `asks to wait ${minutes(waitMs)}`);
      }
      if (remedy === "wait") return held(failure, tries);
      tries.failed[remedy] += 1;
      if (tries.failed[remedy] >= sendsAtMost[remedy]) return failed(failure);
      return { kind: "again", waitMs: Math.max(waitMs ?? 0, backOffMs(tries, policy)) };
    },
  };
}

/** Complaints that can't be about a setting. */
const ofTheText =
  /\bcontent\b(?!-)|\btoo long\b|\b(?:string|text|characters?|images?|prompt|encoding|utf-8)\b|image_url/i;

/** A complaint without what differs from row to row: numbers, and what is quoted. */
function withoutParticulars(detail: string): string {
  return detail.replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, "").replaceAll(/\d+/g, "");
}

/** The end of one call. */
function over(failure: WireFailure): Next {
  return { kind: "over", failure, stopsRun: false };
}

/** The end of the run. */
function ended(failure: WireFailure): Next {
  return { kind: "over", failure, stopsRun: true };
}

/** Doubles with each failure of this call, and is spread out, so that calls that failed together don't return together. */
function backOffMs({ failed }: Tries, { retryMs }: RetryPolicy): number {
  const failures = failed.overloaded + failed.transient + failed.once;
  return retryMs * Math.min(60, 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
}

function minutes(lengthMs: number): string {
  return `${Math.ceil(lengthMs / 60_000)} min`;
}
