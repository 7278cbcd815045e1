import type { PriceOf } from "../../models/cost/prices.ts";
import { readAnswer } from "../../models/providers/read-answer.ts";
import type { CallJournalRecord, TakenFrom } from "../journal/call-journal-record.ts";
import { addCalls, emptyTally, roundedUsd, type Tally } from "../accounting/tally.ts";

/** What a run took from another. */
export type TakenAnswers = TakenFrom & {
  readonly answers: number;
  /** As the provider counted them when they were paid for. */
  readonly tokens: Tally["tokens"];
  /** What they would have cost at today's prices. */
  readonly cost: Tally["cost"];
};

/** Adds up what a run took from others. */
export type TakenSoFar = {
  /** Takes records of `journal.calls`, those of its own calls too. */
  readonly read: (record: CallJournalRecord) => void;
  /** By run, in the order of their names. */
  readonly total: () => TakenAnswers[];
};

/** @param modelOf The model of an agent by its name. */
export function createTakenSoFar(
  modelOf: (agent: string) => string | undefined,
  priceOf: PriceOf,
): TakenSoFar {
  const runs = new Map<string, { readonly from: TakenFrom; readonly tally: Tally }>();
  return {
    read({ agent, part, turn, answer, takenFrom }) {
      if (takenFrom === undefined || answer === undefined) return;
      const key = JSON.stringify([takenFrom.directory, takenFrom.plan]);
      const run = runs.get(key) ?? { from: takenFrom, tally: emptyTally() };
      runs.set(key, run);
      const record = { agent, part, turn, model: modelOf(agent) ?? "", ...readAnswer(answer) };
      addCalls(run.tally, [record], priceOf);
    },
    total: () =>
      [...runs]
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([, { from, tally }]) => ({
          ...from,
          answers: tally.calls,
          tokens: { ...tally.tokens },
          cost: { usd: roundedUsd(tally.cost.usd), unknown: tally.cost.unknown },
        })),
  };
}
