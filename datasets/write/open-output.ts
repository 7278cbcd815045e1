import { createHash } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";

/** What a finished file holds. */
export type WrittenFile = { sha256: string; bytes: number; lines: number };

/** A file that is there only when it is whole: it is written under another name and takes its own on commit. */
export type Output = {
  /**
   * Adds to the file. Returns a promise where the caller should wait before it writes more, and undefined while
   * there is room in the buffer. The chunk is copied.
   */
  write(chunk: string | Uint8Array): Promise<void> | undefined;
  /** Makes the file durable and gives it its name. `lines` counts line feeds. */
  commit(): Promise<WrittenFile>;
  /** Leaves no trace. May be called at any time; after a commit it does nothing. */
  abort(): Promise<void>;
};

const defaultBufferBytes = 256 * 1024;

/**
 * Opens a file for writing, in a directory that is made where there is none. Until the commit the file is called
 * `PATH.tmp`, beside its place, so that the rename is one step; what an earlier run left under that name is
 * overwritten. One writer a path.
 *
 * @throws FellowshipError `storage_failed` out of this, `write` and `commit`; the temporary file is gone then,
 *   and every later `write` and `commit` fails the same way
 */
export async function openOutput(
  path: string,
  options: { bufferBytes?: number } = {},
): Promise<Output> {
  const bufferBytes = options.bufferBytes ?? defaultBufferBytes;
  const temporary = `${path}.tmp`;
  const handle = await openTemporary(path, temporary);
  const hash = createHash("sha256");
  let bytes = 0;
  let lines = 0;
  let buffered: Buffer[] = [];
  let bufferedBytes = 0;
  let closed = false;
  // Every write waits for the one before it; a failed one fails all that follow.
  let written: Promise<void> = Promise.resolve();

  function flush(): Promise<void> {
    const block = Buffer.concat(buffered);
    buffered = [];
    bufferedBytes = 0;
    written = written.then(() => orDiscard(() => writeBlock(block)));
    // Whoever waits for the write hears of its failure; without a listener it would end the process.
    written.catch(() => undefined);
    return written;
  }

  async function writeBlock(block: Buffer): Promise<void> {
    hash.update(block);
    bytes += block.length;
    lines += countLineFeeds(block);
    await handle.writeFile(block);
  }

  async function putInPlace(): Promise<void> {
    await handle.sync();
    await handle.close();
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  }

  async function orDiscard(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (cause) {
      await discard();
      throw storageFailed(path, cause);
    }
  }

  async function discard(): Promise<void> {
    if (closed) return;
    closed = true;
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
  }

  async function rejectClosed(): Promise<void> {
    await written;
    throw new Error(`${path}: written to after it was closed`);
  }

  return {
    write(chunk) {
      if (closed) return rejectClosed();
      const block = Buffer.from(chunk as Uint8Array);
      buffered.push(block);
      bufferedBytes += block.length;
      return bufferedBytes < bufferBytes ? undefined : flush();
    },
    async commit() {
      if (closed) await rejectClosed();
      await flush();
      await orDiscard(putInPlace);
      closed = true;
      return { sha256: hash.digest("hex"), bytes, lines };
    },
    async abort() {
      await written.catch(() => undefined);
      await discard();
    },
  };
}

async function openTemporary(path: string, temporary: string) {
  try {
    await mkdir(dirname(path), { recursive: true });
    return await open(temporary, "w");
  } catch (cause) {
    throw storageFailed(path, cause);
  }
}

/** Makes a rename durable. Windows has no such call, and needs none. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function countLineFeeds(block: Buffer): number {
  let count = 0;
  for (let at = block.indexOf(0x0a); at !== -1; at = block.indexOf(0x0a, at + 1)) count += 1;
  return count;
}

function storageFailed(path: string, cause: unknown): FellowshipError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return new FellowshipError(
    "storage_failed",
    `${path}: can't be written (${cause instanceof Error ? cause.message : String(cause)}). ` +
      "See to it that the disk has room and may be written to, then run the same command again.",
    { facts: { file: path, code }, cause },
  );
}
