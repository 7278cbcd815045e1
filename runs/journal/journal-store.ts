import type { FellowshipError } from "../../state/fellowship-error.ts";
import type { OpenFile } from "../../storage/file-system.ts";
import { storageFailed } from "../../storage/storage-failed.ts";
import { writeFully } from "../../storage/whole-transfer.ts";
import { encodeLine } from "./journal-line.ts";
import { isDiskFull, type DiskReserve } from "./journal-reserve.ts";

/** Puts lines at the end of a journal's file. */
export type JournalStore = {
  /** Makes one group of lines after the other durable. Its first error must be its last call. */
  readonly commit: (lines: readonly Buffer[]) => Promise<void>;
  /**
   * After a failed commit: writes a record that would otherwise be lost, unless it is in the file
   * already. Nothing is promised of it, and it is not synced; it never rejects.
   */
  readonly keepAnyway: (record: unknown, sequence: number) => Promise<void>;
};

export type JournalStoreOptions = {
  readonly file: OpenFile;
  readonly path: string;
  /** Where the next record goes, in bytes, and which it is. */
  readonly end: number;
  readonly records: number;
  readonly reserve: DiskReserve;
  /** False leaves out the syncs. */
  readonly sync: boolean;
  readonly onDiskFull: (error: FellowshipError) => void;
};

export function createJournalStore(options: JournalStoreOptions): JournalStore {
  const { file, path, reserve, sync, onDiskFull } = options;
  let { end, records } = options;
  /** False once the file has bytes after the last record that could not be removed. */
  let endsWhole = true;
  let keeping: Promise<void> = Promise.resolve();

  async function writeOrTakeBack(bytes: Buffer): Promise<void> {
    try {
      await writeFully(file, bytes, end);
    } catch (error) {
      // Where this fails too, the next opening finds whole records and a torn one, and copes.
      await file.truncate(end).catch(() => {
        endsWhole = false;
      });
      throw error;
    }
  }

  async function writeWithReserve(bytes: Buffer): Promise<void> {
    try {
      await writeOrTakeBack(bytes);
    } catch (error) {
      if (!isDiskFull(error) || !(await reserve.release())) throw error;
      onDiskFull(storageFailed("write", path, error));
      await writeOrTakeBack(bytes);
    }
  }

  async function commit(lines: readonly Buffer[]): Promise<void> {
    const bytes = Buffer.concat(lines);
    try {
      await writeWithReserve(bytes);
      end += bytes.length;
      records += lines.length;
      if (sync) await file.datasync();
    } catch (error) {
      throw storageFailed("write", path, error);
    }
  }

  async function write(record: unknown, sequence: number): Promise<void> {
    if (!endsWhole || sequence < records) return;
    const line = encodeLine(record, records);
    await writeOrTakeBack(line);
    end += line.length;
    records += 1;
  }

  function keepAnyway(record: unknown, sequence: number): Promise<void> {
    keeping = keeping.then(() => write(record, sequence)).catch(() => undefined); // the run ends as it is
    return keeping;
  }

  return { commit, keepAnyway };
}
