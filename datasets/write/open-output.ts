import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { openAtomicFile, type AtomicFileOptions } from "../../storage/atomic-file.ts";
import { makeDirectory } from "../../storage/make-directory.ts";
import { storageFailed } from "../../storage/storage-failed.ts";

/** What a finished file holds. */
export type WrittenFile = { sha256: string; bytes: number; lines: number };

/** A file under construction, which appears under its own name on commit. */
export type Output = {
  /**
   * Adds to the file. Returns a promise where the caller should wait before it writes more, and
   * undefined while there is room in the buffer. The chunk is copied.
   */
  write(chunk: string | Uint8Array): Promise<void> | undefined;
  /**
   * Writes what is buffered. Returns the path at which the content can be read before the commit.
   */
  flush(): Promise<string>;
  /** Makes the file durable and gives it its name. `lines` counts line feeds. */
  commit(): Promise<WrittenFile>;
  /** Removes what was written. May be called at any time; after a commit it does nothing. */
  abort(): Promise<void>;
};

export type OutputOptions = AtomicFileOptions & { readonly bufferBytes?: number };

const defaultBufferBytes = 1024 * 1024;

/**
 * Opens a file for writing, in a directory that is made where there is none: an atomic file
 * (`openAtomicFile`) with a buffer, whose content is hashed and counted on the way.
 *
 * @throws FellowshipError `storage_failed` out of this, `write` and `commit`; the temporary file is
 *   gone then, and every later `write` and `commit` fails the same way
 */
export async function openOutput(path: string, options: OutputOptions = {}): Promise<Output> {
  const { bufferBytes = defaultBufferBytes } = options;
  await makeDirectoryOf(path);
  const file = await openAtomicFile(path, options);
  const hash = createHash("sha256");
  let bytes = 0;
  let lines = 0;
  let buffered: Buffer[] = [];
  let bufferedBytes = 0;
  let isClosed = false;
  // Every write waits for the one before it; a failed one fails all that follow.
  let written: Promise<void> = Promise.resolve();

  function flush(): Promise<void> {
    const block = Buffer.concat(buffered);
    buffered = [];
    bufferedBytes = 0;
    written = written.then(() => writeBlock(block));
    // The failure reaches the caller at the next wait; without a listener it would end the process.
    written.catch(() => undefined);
    return written;
  }

  async function writeBlock(block: Buffer): Promise<void> {
    hash.update(block);
    bytes += block.length;
    lines += countLineFeeds(block);
    await file.append(block);
  }

  async function rejectClosed(): Promise<void> {
    await written;
    throw new Error(`${path}: written to after it was closed`);
  }

  return {
    write(chunk) {
      if (isClosed) return rejectClosed();
      const block = Buffer.from(chunk as Uint8Array);
      buffered.push(block);
      bufferedBytes += block.length;
      return bufferedBytes < bufferBytes ? undefined : flush();
    },
    async flush() {
      if (isClosed) await rejectClosed();
      await flush();
      return file.temporary;
    },
    async commit() {
      if (isClosed) await rejectClosed();
      await flush();
      isClosed = true;
      await file.commit();
      return { sha256: hash.digest("hex"), bytes, lines };
    },
    async abort() {
      isClosed = true;
      await written.catch(() => undefined);
      await file.discard();
    },
  };
}

async function makeDirectoryOf(path: string): Promise<void> {
  try {
    await makeDirectory(dirname(path));
  } catch (cause) {
    throw storageFailed("write", path, cause);
  }
}

function countLineFeeds(block: Buffer): number {
  let count = 0;
  for (let at = block.indexOf(0x0a); at !== -1; at = block.indexOf(0x0a, at + 1)) count += 1;
  return count;
}
