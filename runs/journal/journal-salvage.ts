import { dirname } from "node:path";
import type { FileSystem, OpenFile } from "../../storage/file-system.ts";
import { encodeLine } from "./journal-line.ts";
import { readRecord, scanLines, type RecordOffset } from "./journal-scan.ts";
import { isTorn } from "./journal-tail.ts";
import { linkNumbered } from "../../storage/numbered-file.ts";
import { systemCode } from "../../storage/storage-failed.ts";
import { syncDirectory } from "../../storage/sync-directory.ts";
import { writeFully } from "../../storage/whole-transfer.ts";

/** A stretch of bytes that holds no record; offset and length are those in the damaged file. */
export type DamagedStretch = RecordOffset & { readonly reason: string };

/** What a salvage kept and what it lost. */
export type SalvageReport = {
  /** The damaged file, whole, under its new name. */
  keptAs: string;
  /** Records that were undamaged and are in the journal now. */
  kept: number;
  /**
   * Records lost, at least: the numbers missing between the first record and the last good one, and
   * one more where damage follows the last good one, since the records there can't be counted.
   */
  lost: number;
  /** The sequence numbers missing, as ranges with both ends. */
  missing: { first: number; last: number }[];
  stretches: DamagedStretch[];
  /** Second copies of a record, dropped. */
  copies: number;
};

type Entry = RecordOffset & { readonly sequence: number; readonly checksum: string };
const flushBytes = 4 * 1024 * 1024;

type Survey = { entries: Entry[]; stretches: DamagedStretch[]; copies: number };

/**
 * Rewrites a damaged journal from its undamaged records, in the order of their sequence numbers and
 * numbered anew. The damaged file stays whole as `<path>.damaged-N`. Holds in memory where each
 * record stands, never the records.
 *
 * The journal changes by one rename; a crash before it leaves the damaged one as it was.
 *
 * @returns null where nothing is damaged (a torn tail is no damage) or no journal is there
 * @throws what the file system throws
 */
export async function salvageJournal(
  path: string,
  fileSystem: FileSystem,
): Promise<SalvageReport | null> {
  const file = await openExisting(path, fileSystem);
  if (file === null) return null;
  try {
    const survey = await surveyJournal(file);
    const inOrder = survey.entries.every((entry, index) => entry.sequence === index);
    if (inOrder && survey.copies === 0 && survey.stretches.length === 0) return null;
    const entries = survey.entries.toSorted((one, other) => one.sequence - other.sequence);
    const rewritten = `${path}.salvaged`;
    await rewrite(file, entries, rewritten, fileSystem);
    const keptAs = await linkNumbered(path, `${path}.damaged`, fileSystem);
    await fileSystem.rename(rewritten, path);
    await syncDirectory(dirname(path), fileSystem);
    return reportOf(survey, entries, keptAs);
  } finally {
    await file.close();
  }
}

async function openExisting(path: string, fileSystem: FileSystem): Promise<OpenFile | null> {
  try {
    return await fileSystem.open(path, "r");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}

async function surveyJournal(file: OpenFile): Promise<Survey> {
  const entries = new Map<string, Entry>();
  const stretches: DamagedStretch[] = [];
  let copies = 0;
  let next = 0;
  const read = await scanLines(file, (line, place) => {
    if (!line.ok) {
      addDamage(stretches, { ...place, reason: line.reason });
      return;
    }
    const key = `${line.sequence} ${line.checksum}`;
    if (entries.has(key)) copies += 1;
    else entries.set(key, { ...place, sequence: line.sequence, checksum: line.checksum });
    next = Math.max(next, line.sequence + 1);
  });
  if (read.end < read.size && !(await isTorn(file, { ...read, sequence: next }))) {
    const length = read.size - read.end;
    addDamage(stretches, { offset: read.end, length, reason: "its newline is not there" });
  }
  return { entries: [...entries.values()], stretches, copies };
}

/**
 * Bad lines that touch are one stretch: one damaged newline makes one line of two, or two of one.
 */
function addDamage(stretches: DamagedStretch[], added: DamagedStretch): void {
  const last = stretches.at(-1);
  if (last === undefined || last.offset + last.length !== added.offset) stretches.push(added);
  else stretches[stretches.length - 1] = { ...last, length: last.length + added.length };
}

/** Writes the entries to `path`, numbered from 0, and makes sure that they are on the disk. */
async function rewrite(
  damaged: OpenFile,
  entries: readonly Entry[],
  path: string,
  fileSystem: FileSystem,
): Promise<void> {
  const file = await fileSystem.open(path, "w");
  let batch: Buffer[] = [];
  let batchBytes = 0;
  let position = 0;
  async function flush(): Promise<void> {
    await writeFully(file, Buffer.concat(batch), position);
    position += batchBytes;
    batch = [];
    batchBytes = 0;
  }
  try {
    for (const [sequence, entry] of entries.entries()) {
      const line = encodeLine(await readRecord(damaged, path, entry), sequence);
      batch.push(line);
      batchBytes += line.length;
      if (batchBytes >= flushBytes) await flush();
    }
    await flush();
    await file.sync();
  } finally {
    await file.close();
  }
}

function reportOf(survey: Survey, entries: readonly Entry[], keptAs: string): SalvageReport {
  const missing: SalvageReport["missing"] = [];
  let expected = 0;
  let lost = 0;
  for (const { sequence } of entries) {
    if (sequence > expected) missing.push({ first: expected, last: sequence - 1 });
    lost += Math.max(0, sequence - expected);
    expected = sequence + 1;
  }
  const { stretches, copies } = survey;
  const endOfGood = Math.max(0, survey.entries.at(-1)?.offset ?? 0);
  if ((stretches.at(-1)?.offset ?? -1) >= endOfGood) lost += 1;
  return { keptAs, kept: entries.length, lost, missing, stretches, copies };
}
