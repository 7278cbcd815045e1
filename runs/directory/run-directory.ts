import { mkdir, readdir, realpath, rename } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { openCallJournal, type CallJournalFile, type CallJournalParts } from "./call-journal.ts";
import { holdPlace, type DirectoryPlace } from "./directory-place.ts";
import { holdsEarlierRun, refuseForeignFiles } from "./own-directory.ts";
import { acquireDirectoryLock } from "../../storage/directory-lock.ts";
import type { JournalRecovery } from "../journal/journal.ts";
import { openRowJournal, type RowJournal } from "./row-journal.ts";
import { agreeOnPlan, type RunPlan } from "./run-plan.ts";
import { makeDirectory } from "../../storage/make-directory.ts";
import { storageFailed } from "../../storage/storage-failed.ts";

/** An output directory that this process alone writes to, with its journals. */
export type RunDirectory<Result> = {
  readonly path: string;
  readonly calls: CallJournalFile;
  readonly rows: RowJournal<Result>;
  /** @throws FellowshipError `storage_failed` where `path` leads to another directory by now */
  readonly assertInPlace: DirectoryPlace["assertSame"];
  readonly close: () => Promise<void>;
};

export type OpenRunOptions = {
  /** Moves an earlier run aside first. */
  readonly fresh?: boolean;
  /** What the run reads its rows from: it must not be moved aside with an earlier run. */
  readonly input?: string;
  /** Drops damaged journal records instead of refusing. */
  readonly salvage?: boolean;
  /**
   * All models answer in this process, again and for nothing: what a power loss takes costs nothing
   * to ask again.
   */
  readonly inProcess?: boolean;
  /** The disk is full; what is under way can still be kept, and nothing new should be begun. */
  readonly onDiskFull?: (message: string) => void;
  /** Told what was repaired or lost on the way, in sentences. */
  readonly onRepair?: (message: string) => void;
} & CallJournalParts;

/**
 * Opens or makes the directory of a run.
 *
 * @throws FellowshipError `directory_in_use`, `directory_differs`, `journal_damaged`,
 *   `storage_failed`, or `bad_usage` where the directory holds other files.
 */
export async function openRunDirectory<Result>(
  path: string,
  plan: RunPlan,
  options: OpenRunOptions = {},
): Promise<RunDirectory<Result>> {
  await makeDirectory(path).catch((cause: unknown) => {
    throw storageFailed("make", path, cause);
  });
  if (options.fresh === true) await moveAside(path, options.input);
  const lock = await acquireDirectoryLock(path);
  const opened: { close: () => Promise<void> }[] = [{ close: () => lock.release() }];
  const close = () => closeAll(opened.toReversed());
  try {
    await refuseForeignFiles(path);
    const place = await holdPlace(path);
    opened.push(place);
    const salvage = options.salvage === true;
    const planRecovery = await agreeOnPlan(path, plan, { salvage });
    const journalOptions = {
      ...(options.inProcess === true ? { reserveBytes: 0, sync: false } : {}),
      salvage,
      isInPlace: place.isSame,
      onDiskFull: (error: Error) => options.onDiskFull?.(error.message),
    };
    const rows = await openRowJournal<Result>(join(path, "journal.rows"), {
      ...journalOptions,
      reserveBytes: 0,
    });
    opened.push(rows);
    const isFinished = (row: number) => rows.statusOf(row) === "done";
    const calls = await openCallJournal(
      join(path, "journal.calls"),
      isFinished,
      journalOptions,
      options,
    );
    opened.push({ close: () => calls.journal.close() });
    for (const { recovery, name } of [
      { recovery: planRecovery, name: "journal.plan" },
      { recovery: rows.recovery, name: "journal.rows" },
      { recovery: calls.journal.recovery, name: "journal.calls" },
    ]) {
      for (const message of repairsIn(name, recovery)) options.onRepair?.(message);
    }
    return { path, calls, rows, assertInPlace: place.assertSame, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Closes one after the other, the rest too where one can't be, and then throws the first error. */
async function closeAll(opened: readonly { close: () => Promise<void> }[]): Promise<void> {
  let failed: { readonly error: unknown } | undefined;
  for (const one of opened) {
    await one.close().catch((error: unknown) => {
      failed ??= { error };
    });
  }
  if (failed !== undefined) throw failed.error;
}

/** What becomes of what was lost, by journal. */
const afterLoss: Readonly<Record<string, string>> = {
  "journal.plan": "That the run before was over the same can't be made sure of any more.",
  "journal.rows": "Rows that were in it are made again from the calls.",
  "journal.calls": "Calls whose answers were in it, of rows not finished yet, are asked again.",
};

function repairsIn(name: string, { torn, salvage }: JournalRecovery): string[] {
  const repairs: string[] = [];
  if (torn !== null) {
    repairs.push(`${name}: a half-written record was set aside (${torn.path})`);
  }
  if (salvage !== null) {
    const { kept, lost, missing, keptAs } = salvage;
    const ranges = missing.map(({ first, last }) =>
      first === last ? first : `${first} to ${last}`,
    );
    const numbers = ranges.length === 0 ? "" : ` (number ${ranges.join(", ")}, from 0)`;
    repairs.push(
      `${name} was damaged: ${kept} records kept, at least ${lost} lost${numbers}. ` +
        `${afterLoss[name]} The damaged file is kept as ${keptAs}.`,
    );
  }
  return repairs;
}

/**
 * Moves an earlier run out of the way, as `DIR.old-1` (and so on); does nothing where there is
 * none.
 *
 * @throws FellowshipError `bad_usage` where no run made the directory, `directory_in_use`,
 *   `storage_failed`
 */
export async function moveAside(out: string, input: string | undefined): Promise<void> {
  const path = resolve(out);
  if (!(await holdsEarlierRun(path))) return;
  await refuseMoving(path, input);
  await refuseRunning(path);
  let number = 1;
  const parent = dirname(path);
  const base = basename(path);
  try {
    const taken = new Set(await readdir(parent));
    while (taken.has(`${base}.old-${number}`)) number += 1;
    await rename(path, join(parent, `${base}.old-${number}`));
    await mkdir(path);
  } catch (cause) {
    throw storageFailed("move aside", path, cause);
  }
}

/**
 * No running run may be moved away: the locks of the directory, and of all runs in folders below
 * it, are taken and released.
 *
 * @throws FellowshipError `directory_in_use`
 */
async function refuseRunning(path: string): Promise<void> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const locked = entries.filter(({ name }) => /^lock\.\d+$/.test(name));
  for (const folder of new Set([path, ...locked.map(({ parentPath }) => parentPath)])) {
    const lock = await acquireDirectoryLock(folder);
    await lock.release();
  }
}

/** Neither the input nor the working directory may be moved away. */
async function refuseMoving(path: string, input: string | undefined): Promise<void> {
  const own = await realpath(path);
  const inside = async (other: string) => {
    const place = await realpath(other).catch(() => resolve(other));
    return place === own || place.startsWith(`${own}${sep}`);
  };
  const moved = input !== undefined && (await inside(input)) ? input : null;
  if (moved === null && !(await inside(process.cwd()))) return;
  throw new FellowshipError(
    "bad_usage",
    `--fresh would move ${moved ?? "the working directory"} aside with ${path}. Choose ` +
      "another --out.",
    { facts: { path } },
  );
}
