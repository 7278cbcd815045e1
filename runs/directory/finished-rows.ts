import { access } from "node:fs/promises";
import { join } from "node:path";
import { acquireDirectoryLock } from "../../storage/directory-lock.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { RowResult } from "../../state/row-result.ts";
import { openRowJournal, type RowJournal } from "./row-journal.ts";

/**
 * Opens the finished rows of a run for as long as `read` takes; no command can write to the
 * directory meanwhile.
 *
 * @throws FellowshipError `bad_usage` where the directory holds no run; `directory_in_use` while a
 *   run goes on.
 */
export async function withFinishedRows<Result extends RowResult, Read>(
  directory: string,
  read: (rows: RowJournal<Result>) => Promise<Read>,
): Promise<Read> {
  await requireRun(directory);
  const lock = await acquireDirectoryLock(directory);
  try {
    const path = join(directory, "journal.rows");
    const rows = await openRowJournal<Result>(path, { reserveBytes: 0 });
    try {
      return await read(rows);
    } finally {
      await rows.close();
    }
  } finally {
    await lock.release();
  }
}

async function requireRun(directory: string): Promise<void> {
  try {
    await access(join(directory, "journal.rows"));
  } catch (cause) {
    throw new FellowshipError(
      "bad_usage",
      `${directory} holds no run (no journal.rows). Name the --out directory of an earlier ` +
        "command.",
      { facts: { directory }, cause },
    );
  }
}
