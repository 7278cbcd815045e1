import { cassetteLines } from "../../datasets/export/cassette-lines.ts";
import { openJsonlWriter } from "../../datasets/write/jsonl-writer.ts";
import type { RowResult } from "../../state/row-result.ts";
import type { RowJournal } from "../directory/row-journal.ts";
import { withFinishedRows } from "../directory/finished-rows.ts";
import { refuseOverwrite } from "../../storage/refuse-overwrite.ts";

/**
 * Writes the calls of a run's finished rows as a cassette: the same topology over it gives the same
 * rows.
 *
 * @returns How many rows and calls were written.
 * @param options.force Overwrites an existing file.
 * @throws FellowshipError `bad_usage` where the directory holds no run, or the file exists or lies
 *   in a run's directory; `directory_in_use` while a run goes on.
 */
export async function exportCassette(
  directory: string,
  file: string,
  { force = false }: { readonly force?: boolean } = {},
): Promise<{ rows: number; calls: number }> {
  await refuseOverwrite(file, { force, option: "--file" });
  return withFinishedRows<RowResult, { rows: number; calls: number }>(directory, (rows) =>
    writeCassette(rows, file),
  );
}

async function writeCassette(
  journal: RowJournal<RowResult>,
  file: string,
): Promise<{ rows: number; calls: number }> {
  const writer = await openJsonlWriter(file);
  try {
    const seen = new Map<string, number>();
    let rows = 0;
    for await (const { result } of journal.inOrder(journal.lastRow)) {
      const occurrence = (seen.get(result.id) ?? 0) + 1;
      seen.set(result.id, occurrence);
      rows += 1;
      for (const line of cassetteLines(result, occurrence)) await writer.write(line);
    }
    const { lines } = await writer.commit();
    return { rows, calls: lines };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
