import { join } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { RowResult } from "../../state/row-result.ts";
import { systemCode } from "../../storage/storage-failed.ts";
import { rowRecord, type RowJournal, type RowJournalRecord } from "../directory/row-journal.ts";
import { recordChecker } from "../journal/check-record.ts";
import { openJournalReader, type JournalReader } from "../journal/journal-reader.ts";
import type { RecordOffset } from "../journal/journal-scan.ts";
import { hintOfRuns } from "./hint-of-runs.ts";

/** The rows that a run has finished so far, read without a lock, also while the run goes on. */
export type RowJournalReader<Result> = Pick<
  RowJournal<Result>,
  "lastRow" | "statusOf" | "inOrder" | "close"
>;

/**
 * Opens `journal.rows` of any run, finished or not, and changes nothing.
 *
 * @throws FellowshipError `bad_usage` where the directory holds no run; `journal_damaged`
 */
export async function openRowJournalReader<Result extends RowResult>(
  directory: string,
): Promise<RowJournalReader<Result>> {
  const path = join(directory, "journal.rows");
  const check = recordChecker(path, rowRecord);
  const found = new Map<
    number,
    { readonly place: RecordOffset; readonly status: RowJournalRecord<Result>["status"] }
  >();
  const reader: JournalReader = await openJournalReader(path, (value, place) => {
    const { row, status } = check(value, place);
    found.set(row, { place, status });
  }).catch(async (cause: unknown) => {
    throw systemCode(cause) === "ENOENT" ? noRun(directory, await hintOfRuns(directory)) : cause;
  });
  const numbers = [...found.keys()].toSorted((one, other) => one - other);
  return {
    lastRow: numbers.at(-1) ?? 0,
    statusOf: (row) => found.get(row)?.status,
    async *inOrder(last, first = 1) {
      for (const row of numbers) {
        const known = found.get(row);
        if (known === undefined || row < first || row > last) continue;
        yield (await reader.read(known.place)) as RowJournalRecord<Result>;
      }
    },
    close: () => reader.close(),
  };
}

function noRun(directory: string, hint: string): FellowshipError {
  return new FellowshipError(
    "bad_usage",
    `${directory}: expected the directory of a run (with journal.rows), found none. ${hint}`,
    { facts: { directory } },
  );
}
