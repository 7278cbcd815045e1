import type { Attempt, CallJournal } from "../../models/gate/journal.ts";
import type { Outcome } from "../../state/calls/outcome.ts";

/** A request that is over. */
export type TimedSend = {
  readonly agent: string;
  readonly outcome: Outcome;
  /** From its way out to its answer, or to the failure in its place. */
  readonly seconds: number;
  /** From the failure of the request before it, for the same call; 0 for the first one. */
  readonly waitedSeconds: number;
};

/**
 * A journal that reports how long each request took: the gate writes the intent of a request before
 * it leaves, and its answer or its end as soon as it is back.
 */
export function timedJournal(calls: CallJournal, onSend: (send: TimedSend) => void): CallJournal {
  const left = new WeakMap<Attempt, { readonly at: number; readonly waitedSeconds: number }>();
  /** When the last request of a call failed, by the call. */
  const failed = new Map<string, number>();
  const ended = (attempt: Attempt, outcome: Outcome) => {
    const began = left.get(attempt);
    if (began === undefined) return; // a model in this process, to which nothing is sent
    const now = performance.now();
    if (outcome !== "answered") failed.set(keyOf(attempt), now);
    onSend({
      agent: attempt.address.agent,
      outcome,
      seconds: (now - began.at) / 1000,
      waitedSeconds: began.waitedSeconds,
    });
  };
  const lastFailure = (attempt: Attempt): number | undefined => {
    if (failed.size === 0) return undefined;
    const key = keyOf(attempt);
    const at = failed.get(key);
    failed.delete(key);
    return at;
  };
  return {
    find: (...question) => calls.find(...question),
    findSame: async (...question) => calls.findSame?.(...question),
    refusedBefore: (address, requestHash) => calls.refusedBefore?.(address, requestHash) ?? false,
    async intend(attempt) {
      await calls.intend(attempt);
      const at = performance.now();
      left.set(attempt, { at, waitedSeconds: (at - (lastFailure(attempt) ?? at)) / 1000 });
    },
    keep(attempt, answer, usd) {
      ended(attempt, "answered");
      return calls.keep(attempt, answer, usd);
    },
    giveUp(attempt, outcome, cost, detail) {
      ended(attempt, outcome);
      return calls.giveUp(attempt, outcome, cost, detail);
    },
  };
}

function keyOf({ address: { row, agent, part, turn } }: Attempt): string {
  return JSON.stringify([row.number, agent, part, turn]);
}
