import { diskFileSystem, type FileSystem, type OpenFile } from "../../storage/file-system.ts";
import { journalDamaged } from "./journal-damaged.ts";
import { readRecord, scanRecords, type RecordOffset } from "./journal-scan.ts";
import { isTorn } from "./journal-tail.ts";

/** A journal of another process. */
export type JournalReader = {
  /**
   * Reads a record back and checks it.
   *
   * Rejects with FellowshipError `journal_damaged` where there is no record at that offset, and
   * with what the file system throws.
   */
  read(place: RecordOffset): Promise<unknown>;
  close(): Promise<void>;
};

/**
 * Reads a journal through without a lock and without changing anything, also one that another
 * process is writing to: an incomplete record at its end is left out, whether that
 * process was stopped there or is about to write the rest.
 *
 * @param onRecord Called for each record that is there, in order.
 * @throws FellowshipError `journal_damaged`, and what the file system throws, as for a file that is
 *   not there.
 */
export async function openJournalReader(
  path: string,
  onRecord: (record: unknown, place: RecordOffset) => void,
  fileSystem: FileSystem = diskFileSystem,
): Promise<JournalReader> {
  const file = await fileSystem.open(path, "r");
  try {
    await scan(file, path, onRecord);
  } catch (error) {
    await file.close();
    throw error;
  }
  return { read: (place) => readRecord(file, path, place), close: () => file.close() };
}

async function scan(
  file: OpenFile,
  path: string,
  onRecord: (record: unknown, place: RecordOffset) => void,
): Promise<void> {
  const { records, end, size } = await scanRecords(file, path, onRecord);
  if (end === size || (await isTorn(file, { end, size, sequence: records }))) return;
  throw journalDamaged(path, end, `expected record ${records} or its beginning`);
}
