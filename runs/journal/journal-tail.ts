import { dirname } from "node:path";
import type { FileSystem, OpenFile } from "../../storage/file-system.ts";
import { createNumberedFile } from "../../storage/numbered-file.ts";
import { journalDamaged } from "./journal-damaged.ts";
import { isTornLine, maxLineBytes } from "./journal-line.ts";
import type { LinesRead } from "./journal-scan.ts";
import { syncDirectory } from "../../storage/sync-directory.ts";
import { readFully, writeFully } from "../../storage/whole-transfer.ts";

/** The part of a record that a stopped writer left at the end of a journal. */
export type TornTail = {
  /** Its offset, in bytes. */
  offset: number;
  /** Bytes it had, with what a power loss filled up with NULs. */
  length: number;
  /** The file its bytes were copied to. */
  path: string;
};

const chunkBytes = 1024 * 1024;

/**
 * Copies what follows the last whole record to `<path>.torn-N` and takes it off the journal; null
 * where nothing follows.
 *
 * Such a tail was never acknowledged to anyone: an append is, only once its newline and all before
 * it are on the disk. It is one of: the beginning of the next record; that, or nothing, and then
 * NULs to the end of the file, which is what a power loss leaves where the file's new length
 * reached the disk and its content did not. Anything else is damage, and so is every line that has
 * its newline and a wrong checksum, even the last: a power loss could leave that only with other
 * content than NULs in unwritten blocks (no journalling file system in its usual mode shows such)
 * or with a hole before later pages of the same group. We can't tell these from an answer that was
 * paid for and then damaged, so they are for a person to decide.
 *
 * @throws FellowshipError `journal_damaged` where the tail is not the beginning of record
 *   `sequence`; what the file system throws
 */
export async function setTornTailAside(
  file: OpenFile,
  path: string,
  { end, size, sequence }: LinesRead & { sequence: number },
  fileSystem: FileSystem,
): Promise<TornTail | null> {
  if (end === size) return null;
  if (!(await isTorn(file, { end, size, sequence }))) {
    throw journalDamaged(path, end, `expected record ${sequence} or its beginning`);
  }
  const copy = await createNumberedFile(`${path}.torn`, fileSystem);
  try {
    for (let at = end; at < size; at += chunkBytes) {
      const bytes = await readFully(file, at, Math.min(chunkBytes, size - at));
      await writeFully(copy.file, bytes, at - end);
    }
    await copy.file.sync();
  } finally {
    await copy.file.close();
  }
  await syncDirectory(dirname(path), fileSystem);
  await file.truncate(end);
  await file.sync();
  return { offset: end, length: size - end, path: copy.path };
}

/** True where the bytes after the last newline are an incomplete write. */
export async function isTorn(
  file: OpenFile,
  { end, size, sequence }: LinesRead & { sequence: number },
): Promise<boolean> {
  const contentEnd = await endOfContent(file, end, size);
  if (contentEnd - end > maxLineBytes) return false;
  return isTornLine(await readFully(file, end, contentEnd - end), sequence);
}

/** Where the NULs begin that fill the file up from there to its end. */
async function endOfContent(file: OpenFile, start: number, size: number): Promise<number> {
  for (let end = size; end > start;) {
    const from = Math.max(start, end - chunkBytes);
    const bytes = await readFully(file, from, end - from);
    const last = bytes.findLastIndex((byte) => byte !== 0);
    if (last !== -1) return from + last + 1;
    end = from;
  }
  return start;
}
