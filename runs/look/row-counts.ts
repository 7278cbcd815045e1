import { existsSync } from "node:fs";
import { join } from "node:path";
import { readRun } from "../../report-page/read/read-run.ts";
import type { RowResult } from "../../state/row-result.ts";
import { readFailureReasons, type FailureReason } from "../directory/failure-reasons.ts";
import { openRowJournalReader } from "./row-journal-reader.ts";

export type LookedAtRows = {
  readonly done: number;
  readonly failed: number;
  /** The most frequent first. */
  readonly failures: readonly FailureReason[];
  /** Failed rows that could not be used. */
  readonly unusable: number;
};

/**
 * Counts the rows of a run by how they ended so far, from its journal; from its files where it is a
 * copy without journals.
 *
 * @throws FellowshipError `bad_usage` where the directory holds no run; `journal_damaged`
 */
export async function readRowCounts(directory: string): Promise<LookedAtRows> {
  if (!existsSync(join(directory, "journal.rows")) && existsSync(join(directory, "run.json"))) {
    const { done, failed } = (await readRun(directory)).manifest;
    const failures = await readFailureReasons(directory);
    return { done, failed, failures, unusable: 0 };
  }
  const rows = await openRowJournalReader<RowResult>(directory);
  try {
    let [done, unusable] = [0, 0];
    const reasons = new Map<string, FailureReason>();
    const failed = [];
    for (let row = 1; row <= rows.lastRow; row += 1) {
      const status = rows.statusOf(row);
      if (status === "done") done += 1;
      if (status === "unusable") unusable += 1;
      if (status === "failed" || status === "unusable") failed.push(row);
    }
    for (const number of failed) {
      for await (const { result } of rows.inOrder(number, number)) {
        const { reason, detail } = result.failure ?? { reason: "unknown", detail: "" };
        const known = reasons.get(reason);
        reasons.set(reason, { detail, ...known, reason, rows: (known?.rows ?? 0) + 1 });
      }
    }
    const failures = [...reasons.values()].toSorted((one, other) => other.rows - one.rows);
    return { done, failed: failed.length, failures, unusable };
  } finally {
    await rows.close();
  }
}
