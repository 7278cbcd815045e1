import { mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../../storage/replace-file.ts";
import { deflated } from "./deflated.ts";
import { visibleJson } from "./visible-text.ts";

/** Past this the rows are files beside the page. */
const mostBytesInPage = 20_000_000;
/** About as much as a file of rows holds. */
const bytesPerFile = 1_000_000;
const folder = "report-rows";

export type RowFiles = {
  /** Adds a row's sheet. */
  readonly add: (sheet: unknown) => Promise<void>;
  /** Writes what is left, and takes away files of an earlier report. */
  readonly end: () => Promise<{
    /** The rows as lines of JSON, for the page itself; empty if they are in files. */
    readonly lines: readonly string[];
    readonly chunkStarts: readonly number[] | null;
    /** Names of the files, from the page's directory. */
    readonly files: readonly string[];
  }>;
};

/** Collects the sheets of all rows: for the page, or as files beside it where they are many. */
export function openRowFiles(directory: string): RowFiles {
  let lines: string[] = [];
  let bytes = 0;
  let rows = 0;
  let isInFiles = false;
  const starts: number[] = [];
  const files: string[] = [];

  async function writeFile(own: readonly string[], start: number): Promise<void> {
    if (starts.length === 0) await mkdir(join(directory, folder), { recursive: true });
    const name = join(folder, `${starts.length}.js`);
    // The letters of base64 need no escapes.
    const rowsText = await deflated(`[${own.join(",")}]`);
    await replaceFile(join(directory, name), `fellowshipRows(${starts.length},"${rowsText}");\n`);
    starts.push(start);
    files.push(name);
  }

  /** Writes whole files of the lines that are held; `all` also the last, which may be short. */
  async function flush(all: boolean): Promise<void> {
    let start = rows - lines.length;
    let own: string[] = [];
    let size = 0;
    for (const line of lines) {
      own.push(line);
      size += line.length;
      if (size < bytesPerFile) continue;
      await writeFile(own, start);
      start += own.length;
      own = [];
      size = 0;
    }
    if (all && own.length > 0) {
      await writeFile(own, start);
      own = [];
    }
    lines = own;
    bytes = own.reduce((sum, line) => sum + line.length, 0);
  }

  return {
    async add(sheet) {
      const line = visibleJson(sheet);
      lines.push(line);
      bytes += Buffer.byteLength(line);
      rows += 1;
      isInFiles ||= bytes > mostBytesInPage;
      if (isInFiles && bytes > bytesPerFile) await flush(false);
    },
    async end() {
      if (isInFiles) await flush(true);
      await removeOthers(directory, files);
      return { lines, chunkStarts: isInFiles ? starts : null, files };
    },
  };
}

/** Takes away the row files of an earlier report that this one has not written. */
async function removeOthers(directory: string, files: readonly string[]): Promise<void> {
  const names = await readdir(join(directory, folder)).catch(() => []);
  for (const name of names) {
    const isOwn = /^\d+\.js$/.test(name) && !files.includes(join(folder, name));
    if (isOwn) await rm(join(directory, folder, name), { force: true });
  }
  if (files.length === 0 && names.length > 0) {
    await rmdir(join(directory, folder)).catch(() => undefined);
  }
}
