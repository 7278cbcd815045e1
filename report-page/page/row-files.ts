import { mkdir, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { diskFileSystem } from "../../storage/file-system.ts";
import { storageFailed } from "../../storage/storage-failed.ts";
import { syncDirectory } from "../../storage/sync-directory.ts";
import { deflated } from "./deflated.ts";
import { visibleJson } from "./visible-text.ts";

/** Past this the rows are files beside the page. */
const mostBytesInPage = 20_000_000;
/** About as much as a file of rows holds. */
const bytesPerFile = 1_000_000;
/** Files that are deflated and written while the next rows come. */
const mostUnderWay = 3;
const folder = "report-rows";
/** Where the files are until all of them are there, if not told otherwise. */
const usualFolder = `${folder}.tmp`;

export type RowFiles = {
  /** Adds a row's sheet. */
  readonly add: (sheet: unknown) => Promise<void>;
  /**
   * Writes what is left, gives the files their names, and takes away those of an earlier report.
   */
  readonly end: () => Promise<{
    /** The rows as lines of JSON, for the page itself; empty if they are in files. */
    readonly lines: readonly string[];
    readonly chunkStarts: readonly number[] | null;
    /** Names of the files, from the page's directory. */
    readonly files: readonly string[];
  }>;
  /** Takes away what was written. May be called at any time; after the end it does nothing. */
  readonly abort: () => Promise<void>;
};

/**
 * Collects the sheets of all rows: for the page, or as files beside it where they are many.
 *
 * @param unfinishedFolder Where the files are until all of them are there; two reports that are
 *   written to one directory at the same time need one each.
 */
export function openRowFiles(directory: string, unfinishedFolder = usualFolder): RowFiles {
  let parts = [openPart(0)];
  let bytes = 0;
  let rows = 0;
  let isInFiles = false;
  const starts: number[] = [];
  const files: string[] = [];
  const unfinished = join(directory, unfinishedFolder);
  const underWay: Promise<void>[] = [];

  /** Writes a file while the next rows come; waits for earlier ones where they are many. */
  async function startFile(part: RowPart): Promise<void> {
    if (files.length === 0) await makeEmpty(unfinished);
    if (underWay.length === mostUnderWay) await underWay.shift();
    const number = files.length;
    const name = `${number}.js`;
    const writing = writeRows(join(unfinished, name), number, part);
    // The caller that waits for it gets its error.
    writing.catch(() => undefined);
    underWay.push(writing);
    starts.push(part.start);
    files.push(name);
  }

  return {
    async add(sheet) {
      const part = parts.at(-1)!;
      bytes += part.add(visibleJson(sheet));
      rows += 1;
      isInFiles ||= bytes > mostBytesInPage;
      if (!part.isFull()) return;
      parts.push(openPart(rows));
      if (!isInFiles) return;
      for (const full of parts.slice(0, -1)) await startFile(full);
      parts = parts.slice(-1);
    },
    async end() {
      if (isInFiles) {
        for (const part of parts) if (part.start < rows) await startFile(part);
        parts = [];
      }
      await Promise.all(underWay);
      if (files.length > 0) await putInPlace(unfinished, join(directory, folder), files);
      await rm(unfinished, { recursive: true, force: true });
      await removeOthers(directory, files);
      const lines = parts.flatMap((part) => part.lines());
      return {
        lines,
        chunkStarts: isInFiles ? starts : null,
        files: files.map((name) => join(folder, name)),
      };
    },
    async abort() {
      await Promise.allSettled(underWay);
      await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    },
  };
}

async function writeRows(path: string, number: number, part: RowPart): Promise<void> {
  // The letters of base64 need no escapes.
  const rowsText = await deflated(part.list());
  try {
    const text = `fellowshipRows(${number},"${rowsText}");\n`;
    await writeFile(path, text, { flag: "wx", flush: true });
  } catch (cause) {
    throw storageFailed("write", path, cause);
  }
}

/** A folder without what a killed process left in it. */
async function makeEmpty(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
    await mkdir(path);
  } catch (cause) {
    throw storageFailed("make", path, cause);
  }
}

/** Gives the files of rows, which are whole, the names by which the page finds them. */
async function putInPlace(
  unfinished: string,
  own: string,
  files: readonly string[],
): Promise<void> {
  try {
    await mkdir(own, { recursive: true });
    for (const name of files) {
      await rename(join(unfinished, name), join(own, name));
    }
    await syncDirectory(own, diskFileSystem);
  } catch (cause) {
    throw storageFailed("write", own, cause);
  }
}

type RowPart = ReturnType<typeof openPart>;

/**
 * The rows of a file, as bytes: strings that are held for a while would be copied by the garbage
 * collector, and thrown away late.
 *
 * @param start The place of its first row among all, from 0.
 */
function openPart(start: number) {
  let bytes = Buffer.allocUnsafeSlow(bytesPerFile + 100_000);
  // Room for the bracket that opens the list.
  let length = 1;
  let characters = 0;
  /** Where each line ends. A line begins one byte after the end of the line before it. */
  const ends: number[] = [];
  return {
    start,
    /** Adds a line of JSON, and returns its bytes. */
    add(line: string): number {
      const own = Buffer.byteLength(line);
      const from = ends.length === 0 ? length : length + 1;
      // Each line has room for a comma or a bracket after it.
      if (from + own + 1 > bytes.length) {
        const grown = Buffer.allocUnsafeSlow(2 * (from + own + 1));
        bytes.copy(grown, 0, 0, length);
        bytes = grown;
      }
      bytes.write(line, from);
      length = from + own;
      ends.push(length);
      characters += line.length;
      return own;
    },
    isFull: () => characters >= bytesPerFile,
    lines: () =>
      ends.map((end, at) => bytes.toString("utf8", at === 0 ? 1 : ends[at - 1]! + 1, end)),
    /** All lines as one list of JSON. */
    list(): Buffer {
      bytes.write("[", 0);
      for (const end of ends) bytes.write(",", end);
      bytes.write("]", length);
      return bytes.subarray(0, length + 1);
    },
  };
}

/** Takes away the row files of an earlier report that this one has not written. */
async function removeOthers(directory: string, files: readonly string[]): Promise<void> {
  const written = new Set(files);
  const names = await readdir(join(directory, folder)).catch(() => []);
  for (const name of names) {
    const isOwn = /^\d+\.js$/.test(name) && !written.has(name);
    if (isOwn) await rm(join(directory, folder, name), { force: true });
  }
  if (files.length === 0 && names.length > 0) {
    await rmdir(join(directory, folder)).catch(() => undefined);
  }
}
