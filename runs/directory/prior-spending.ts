import { sumUsd, usdOf, type Spent } from "../../models/cost/budget.ts";
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
 * Adds up what a run spent before, from its `journal.calls`: answers by their counts, and at the
 * worst case what was answered without one, given up at an unknown cost, or asked by a process that
 * did not live to see the end. Dollars that were written down count as they are, whatever the price
 * is today; the others are counted at today's price.
 *
 * @param modelOf The model of an agent by its name.
 */
export function createPriorSpending(
  modelOf: (agent: string) => string | undefined,
  priceOf: PriceOf,
): PriorSpending {
  let [usd, unknownUsd, unpriced] = [0, 0, 0];
  /** Intents without an end so far. */
  const open = new Map<string, CallJournalRecord>();
  const priceOfAgent = (agent: string) => priceOf(modelOf(agent) ?? "", agent);

  function addWorst({ agent, bound = unwritten, worstUsd }: CallJournalRecord): void {
    const worst = worstUsd ?? usdOf(priceOfAgent(agent), bound);
    if (worst === undefined) unpriced += 1;
    else unknownUsd = sumUsd([unknownUsd, worst]);
  }

  function addAnswer(begun: CallJournalRecord, record: CallJournalRecord): void {
    const tokens = record.answer === undefined ? null : readAnswer(record.answer).tokens;
    const paid =
      record.usd ?? (tokens === null ? undefined : usdOf(priceOfAgent(record.agent), tokens));
    if (paid === undefined) addWorst(begun);
    else usd = sumUsd([usd, paid]);
  }

  function read(record: CallJournalRecord): void {
    // Another call paid for it; what was asked before at its address has another end, or none.
    if (record.takenFrom !== undefined || record.shared === true) return;
    const isPriced = record.usd !== undefined || record.worstUsd !== undefined;
    if (!isPriced && priceOfAgent(record.agent) === "free") return;
    const key = JSON.stringify([record.row, record.agent, record.part, record.turn]);
    const begun = open.get(key);
    open.delete(key);
    if (record.kind === "intent") {
      if (begun !== undefined) addWorst(begun);
      open.set(key, record);
    } else if (record.answer !== undefined) addAnswer(begun ?? record, record);
    else if (record.cost !== "none") addWorst(begun ?? record);
  }

  return {
    read,
    total() {
      for (const begun of open.values()) addWorst(begun);
      open.clear();
      return { usd, unknownUsd, unpriced };
    },
  };
}

/** Takes the place of a bound that a record does not hold. */
const unwritten: TokenBound = { in: 0, out: defaultLongestAnswer };
