import { createBudget, type Reservation, type Spent } from "../../models/cost/budget.ts";
import { defaultLongestAnswer, type TokenBound } from "../../models/cost/worst-case-tokens.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import { readAnswer } from "../../models/providers/read-answer.ts";
import type { CallJournalRecord } from "../journal/call-journal-record.ts";

/** Adds up what the calls in a journal cost. */
export type PriorSpending = {
  /** Takes the records in their order. */
  readonly read: (record: CallJournalRecord) => void;
  /** What they come to, once all were read. */
  readonly total: () => Spent;
};

/**
 * Adds up what a run spent before, from its `journal.calls`: answers by their counts, and at the worst case what was answered
 * without one, given up at a cost nobody knows, or asked by a process that did not live to see the end.
 *
 * @param modelOf The model of an agent by its name.
 */
export function createPriorSpending(
  modelOf: (agent: string) => string | undefined,
  priceOf: PriceOf,
): PriorSpending {
  const account = createBudget({ priceOf });
  const open = new Map<string, Reservation>();

  function begin({ agent, bound = unwritten }: CallJournalRecord): Reservation {
    const reservation = account.reserve(modelOf(agent) ?? "", bound);
    if (reservation === null) throw new Error("an account without a limit refused a reservation");
    return reservation;
  }

  function read(record: CallJournalRecord): void {
    // Another run paid for it; what this one asked before at its address has another end, or none.
    if (record.takenFrom !== undefined) return;
    if (priceOf(modelOf(record.agent) ?? "") === "free") return;
    const key = JSON.stringify([record.row, record.agent, record.part, record.turn]);
    const begun = open.get(key);
    open.delete(key);
    if (record.kind === "intent") {
      if (begun !== undefined) account.settle(begun, null);
      open.set(key, begin(record));
      return;
    }
    const reservation = begun ?? begin(record);
    if (record.answer !== undefined) account.settle(reservation, readAnswer(record.answer).tokens);
    else if (record.cost === "none") account.release(reservation);
    else account.settle(reservation, null);
  }

  return {
    read,
    total() {
      for (const reservation of open.values()) account.settle(reservation, null);
      open.clear();
      return account.spent;
    },
  };
}

/** Stands in where a record does not tell its bound. */
const unwritten: TokenBound = { in: 0, out: defaultLongestAnswer };
