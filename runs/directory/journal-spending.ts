import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Spent } from "../../models/cost/budget.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import { callJournalRecord } from "../journal/call-journal-record.ts";
import { recordChecker } from "../journal/check-record.ts";
import { openJournalReader } from "../journal/journal-reader.ts";
import { createPriorSpending } from "./prior-spending.ts";

/**
 * What a run has spent by its `journal.calls`, which is read through without a lock.
 *
 * @param modelOf The model of an agent by its name.
 * @throws FellowshipError `journal_damaged`
 */
export async function readSpending(
  directory: string,
  modelOf: (agent: string) => string | undefined,
  priceOf: PriceOf,
): Promise<{ readonly spent: Spent; readonly answers: number }> {
  const prior = createPriorSpending(modelOf, priceOf);
  const path = join(directory, "journal.calls");
  let answers = 0;
  if (existsSync(path)) {
    const check = recordChecker(path, callJournalRecord);
    const reader = await openJournalReader(path, (value, place) => {
      const record = check(value, place);
      if (record.kind === "answer") answers += 1;
      prior.read(record);
    });
    await reader.close();
  }
  return { spent: prior.total(), answers };
}
