import type { RowResult } from "../../state/row-result.ts";
import type { RowCounts } from "../../state/row-result.ts";
import type { Tally } from "../accounting/tally.ts";
import type { RowJournal } from "../directory/row-journal.ts";
import type { Job } from "./job.ts";

/** The finished rows as all of them together revise each (`Job.revision`). */
export async function revisedRows<
  Input,
  Result extends RowResult,
  Summary extends Tally & RowCounts,
>(
  { revision }: Pick<Job<Input, Result, Summary>, "revision">,
  rows: RowJournal<Result>,
  last: number,
): Promise<RowJournal<Result>> {
  if (revision === undefined) return rows;
  const revise = await revision(rows, last);
  return {
    ...rows,
    lastRow: rows.lastRow,
    inOrder: async function* inOrder(...range) {
      for await (const record of rows.inOrder(...range)) {
        yield { ...record, result: revise(record.result) };
      }
    },
  };
}
