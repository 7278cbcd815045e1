import { stat } from "node:fs/promises";
import { readRecords } from "../datasets/read/read-records.ts";
import { FellowshipError } from "../state/fellowship-error.ts";

/**
 * Makes sure that a file can be read as a whole and holds a row, usable or not. Packed files are read to their end: in those the
 * break comes to light only behind the rows before it, when they have been paid for.
 *
 * @throws FellowshipError `bad_input` where the file holds no row, or can't be read as a whole.
 */
export async function refuseUnreadableInput(path: string): Promise<void> {
  await refusePipe(path);
  const isPacked = /\.(?:gz|parquet)$/i.test(path);
  let rows = 0;
  for await (const _ of readRecords(path)) {
    rows += 1;
    if (!isPacked) return;
  }
  if (rows === 0) {
    throw new FellowshipError("bad_input", `${path} holds no rows.`, { facts: { path } });
  }
}

/** An input is read twice, to know it again and for its rows; a pipe can be read once. */
async function refusePipe(path: string): Promise<void> {
  const kind = await stat(path).catch(() => null); // what can't be looked at is told of where it is read
  if (kind === null || kind.isFile() || kind.isDirectory()) return;
  throw new FellowshipError(
    "bad_input",
    `${path}: expected a file, found a pipe or a device. Write its rows into a file first.`,
    { facts: { path } },
  );
}
