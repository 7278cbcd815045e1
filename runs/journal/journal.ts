import { dirname } from "node:path";
import type { FellowshipError } from "../../state/fellowship-error.ts";
import { diskFileSystem, type FileSystem, type OpenFile } from "../../storage/file-system.ts";
import { createGroupCommit } from "./group-commit.ts";
import { encodeLine } from "./journal-line.ts";
import { createDiskReserve, type DiskReserve } from "./journal-reserve.ts";
import { salvageJournal, type SalvageReport } from "./journal-salvage.ts";
import { createRecordReader, readRecord, scanRecords, type RecordOffset } from "./journal-scan.ts";
import { createJournalStore } from "./journal-store.ts";
import { setTornTailAside, type TornTail } from "./journal-tail.ts";
import { storageFailed, systemCode } from "../../storage/storage-failed.ts";
import { syncDirectory } from "../../storage/sync-directory.ts";

/** Settings of a journal. */
export type JournalOptions = {
  /**
   * Called for each record that is there, in order, while the journal is opened. What it throws
   * ends the opening.
   */
  onRecord?: (record: unknown, place: RecordOffset) => void;
  /** Drop what is damaged instead of refusing; default false. */
  salvage?: boolean;
  /** Records that share a sync at most, from 1; default 64. */
  groupSize?: number;
  /**
   * Time between two syncs while records keep coming, at most, in milliseconds; default 4. A lone
   * record does not wait. At 10 ms, 64 calls in flight of 200 ms each lost 6 % of their pace to
   * waiting, at 4 ms under 2 %.
   */
  groupDelayMs?: number;
  /** False leaves out the syncs: records survive the process, not a power loss; default true. */
  sync?: boolean;
  /**
   * Bytes of disk kept free for the moment it fills up, in `<path>.reserve`; 0 for none, default 4
   * MiB.
   */
  reserveBytes?: number;
  /**
   * Called once, when the disk is full and the reserve was given up: the record was stored after
   * all and appends still work for about `reserveBytes`, but nothing new should be begun.
   */
  onDiskFull?: (error: FellowshipError) => void;
  /** Whether `path` is still this journal's; the reserve is removed by its path only then. */
  isInPlace?: () => Promise<boolean>;
  fileSystem?: FileSystem;
};

/** What opening a journal found. */
export type JournalRecovery = {
  /** Records handed to `onRecord`. */
  records: number;
  /** The half-written record that was taken off the end, if there was one. */
  torn: TornTail | null;
  /** What was lost to damage; null where nothing was damaged. */
  salvage: SalvageReport | null;
};

/**
 * An append-only file of JSON records. One process may have it open at a time (see
 * `directory-lock.ts`).
 */
export type Journal = {
  readonly recovery: JournalRecovery;
  /**
   * Adds a record; resolves, with its place, once it and all before it are on the disk.
   *
   * Rejects with FellowshipError `storage_failed` where the disk refuses; then every later append
   * does too. Rejects with TypeError or RangeError, and goes on, for a record JSON can't hold or
   * over 256 MiB.
   *
   * @param options.irreplaceable What the record holds can't be had again for nothing: where the
   *   journal has failed it is written all the same if the disk lets it, without a sync or a
   *   promise, before the append rejects.
   */
  append(record: unknown, options?: { readonly irreplaceable?: boolean }): Promise<RecordOffset>;
  /**
   * Reads a record back and checks it.
   *
   * Rejects with FellowshipError `journal_damaged` where there is no record at that offset,
   * `storage_failed` where the disk refuses.
   */
  read(place: RecordOffset): Promise<unknown>;
  /** The same for records that are read one after the other and stand near each other. */
  reader(): (place: RecordOffset) => Promise<unknown>;
  /** Waits for the appends under way, and closes the file. May be called again. */
  close(): Promise<void>;
};

const groupBytes = 16 * 1024 * 1024;
const defaultReserveBytes = 4 * 1024 * 1024;

/**
 * Opens a journal, making it where there is none: reads it through, sets a torn tail aside, and
 * refuses one that is damaged, leaving it untouched. Memory does not grow with the file.
 *
 * What is promised: a record whose append resolved is there, whole, after a crash or a power loss.
 * What was appended before a failed write may or may not be there; it is never there in part. A
 * sync that failed is not tried again, for the system may by then have forgotten what it could not
 * write ("Can Applications Recover from fsync Failures?", Rebello et al., USENIX ATC 2020).
 *
 * Records removed from the very end, whole, can't be noticed: an append-only file that ends earlier
 * is a valid one.
 *
 * @throws FellowshipError `journal_damaged`, `storage_failed`
 *
 * @example
 * const answers = new Map<string, Place>();
 * const journal = await openJournal("out/journal.jsonl", {
 *   onRecord: (record, place) => answers.set(CallAnswer.parse(record).key, place),
 * });
 * const place = await journal.append({ key, body });
 */
export async function openJournal(path: string, options: JournalOptions = {}): Promise<Journal> {
  const fileSystem = options.fileSystem ?? diskFileSystem;
  const salvage =
    options.salvage === true
      ? await orStorageFailed("salvage", path, () => salvageJournal(path, fileSystem))
      : null;
  const file = await orStorageFailed("open", path, () => openOrMake(path, fileSystem));
  try {
    const { end, ...recovery } = await orStorageFailed("read", path, () =>
      recover(file, path, options.onRecord, fileSystem),
    );
    const reserve = await orStorageFailed("keep room on the disk for", path, () =>
      createDiskReserve(`${path}.reserve`, options.reserveBytes ?? defaultReserveBytes, {
        fileSystem,
        isInPlace: options.isInPlace,
      }),
    );
    return createJournal({ file, path, end, reserve, recovery: { ...recovery, salvage }, options });
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openOrMake(path: string, fileSystem: FileSystem): Promise<OpenFile> {
  try {
    return await fileSystem.open(path, "r+");
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    return fileSystem.open(path, "wx+");
  }
}

async function recover(
  file: OpenFile,
  path: string,
  onRecord: JournalOptions["onRecord"],
  fileSystem: FileSystem,
): Promise<{ records: number; end: number; torn: TornTail | null }> {
  const { records, end, size } = await scanRecords(file, path, onRecord);
  const torn = await setTornTailAside(file, path, { end, size, sequence: records }, fileSystem);
  // What a killed process wrote and did not sync was read just now and will be built upon.
  await file.datasync();
  await syncDirectory(dirname(path), fileSystem);
  return { records, end, torn };
}

type JournalParts = {
  file: OpenFile;
  path: string;
  /** Where the next record goes, in bytes. */
  end: number;
  reserve: DiskReserve;
  recovery: JournalRecovery;
  options: JournalOptions;
};

function createJournal({ file, path, end, reserve, recovery, options }: JournalParts): Journal {
  let sequence = recovery.records;
  let nextOffset = end;
  let closed: Promise<void> | null = null;
  const appends = createCount();
  const store = createJournalStore({
    file,
    path,
    end,
    records: recovery.records,
    reserve,
    sync: options.sync !== false,
    onDiskFull: (error) => options.onDiskFull?.(error),
  });
  const group = createGroupCommit<Buffer>({
    commit: store.commit,
    sizeOf: (line) => line.length,
    groupSize: options.groupSize ?? 64,
    groupBytes,
    groupDelayMs: options.groupDelayMs ?? 4,
  });

  async function append(record: unknown, { irreplaceable = false } = {}): Promise<RecordOffset> {
    if (closed !== null) throw storageFailed("write", path, new Error("the journal is closed"));
    const number = sequence;
    const line = encodeLine(record, number);
    const place = { offset: nextOffset, length: line.length };
    sequence += 1;
    nextOffset += line.length;
    appends.begin();
    try {
      await group.add(line);
    } catch (error) {
      if (irreplaceable) await store.keepAnyway(record, number);
      throw error;
    } finally {
      appends.end();
    }
    return place;
  }

  async function finish(): Promise<void> {
    await group.drain();
    await appends.none();
    await reserve.release().catch(() => false); // nothing depends on its being gone
    await orStorageFailed("close", path, () => file.close());
  }

  return {
    recovery,
    append,
    read: (place) => orStorageFailed("read", path, () => readRecord(file, path, place)),
    reader: () => {
      const read = createRecordReader(file, path);
      return (place) => orStorageFailed("read", path, () => read(place));
    },
    close: () => (closed ??= finish()),
  };
}

/** Counts what is under way. */
function createCount() {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    begin: () => void (count += 1),
    end() {
      count -= 1;
      if (count > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    /** Resolves once nothing is. */
    async none(): Promise<void> {
      if (count > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

/** Runs `act`; a system's error becomes `storage_failed`, any other is passed on. */
async function orStorageFailed<Result>(
  action: string,
  path: string,
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw systemCode(error) === null ? error : storageFailed(action, path, error);
  }
}
