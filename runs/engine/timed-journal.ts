import type { Attempt, CallJournal } from "../../models/gate/journal.ts";
import type { Outcome } from "../../state/calls/outcome.ts";

/** A request that is over. */
export type TimedSend = {
  readonly agent: string;
  readonly outcome: Outcome;
  /** From its way out to its answer, or to the failure in its place. */
  readonly seconds: number;
};

/**
 * A journal that reports how long each request took: the gate writes the intent of a request before
 * it leaves, and its answer or its end as soon as it is back.
 */
export function timedJournal(calls: CallJournal, onSend: (send: TimedSend) => void): CallJournal {
  const left = new WeakMap<Attempt, number>();
  const ended = (attempt: Attempt, outcome: Outcome) => {
    const began = left.get(attempt);
    if (began === undefined) return; // a model in this process, to which nothing is sent
    const seconds = (performance.now() - began) / 1000;
    onSend({ agent: attempt.address.agent, outcome, seconds });
  };
  return {
    find: (address, requestHash) => calls.find(address, requestHash),
    refusedBefore: (address, requestHash) => calls.refusedBefore?.(address, requestHash) ?? false,
    async intend(attempt) {
      await calls.intend(attempt);
      left.set(attempt, performance.now());
    },
    keep(attempt, answer, usd) {
      ended(attempt, "answered");
      return calls.keep(attempt, answer, usd);
    },
    giveUp(attempt, outcome, cost) {
      ended(attempt, outcome);
      return calls.giveUp(attempt, outcome, cost);
    },
  };
}
