import { join } from "node:path";
import { openRowJournal, type RowJournalRecord } from "../../runs/directory/row-journal.ts";
import type { EvaluationResult } from "../../state/row-result.ts";

export type JournalFilling = {
  /** Rows of the run that were judged. */
  readonly judged: number;
  /** Rows that the journal holds afterwards. */
  readonly rows: number;
  readonly rowsPerPrompt: number;
};

/**
 * Adds rows to the journal of an evaluation, like those that were judged, as if they had been
 * judged too: what comes at the end of a long run, without its length.
 */
export async function fillJournal(
  directory: string,
  { judged, rows, rowsPerPrompt }: JournalFilling,
): Promise<void> {
  const journal = await openRowJournal<EvaluationResult>(join(directory, "journal.rows"), {
    reserveBytes: 0,
    sync: false,
  });
  const records: RowJournalRecord<EvaluationResult>[] = [];
  for await (const record of journal.inOrder(judged)) records.push(record);
  for (let row = judged + 1; row <= rows; row += 1) {
    const { status, result } = records[row % records.length]!;
    const prompt = `prompt ${Math.floor(row / rowsPerPrompt)}`;
    // oxlint-disable-next-line no-await-in-loop -- one record after the other
    await journal.finish({ row, status, result: { ...result, id: `${row}`, prompt } });
  }
  await journal.close();
}
