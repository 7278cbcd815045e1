import { dirname } from "node:path";
import { diskFileSystem, type FileSystem, type OpenFile } from "./file-system.ts";
import { storageFailed, systemCode } from "./storage-failed.ts";
import { syncDirectory } from "./sync-directory.ts";
import { writeFully } from "./whole-transfer.ts";

/** A file that appears only when it is whole. */
export type AtomicFile = {
  /** Where the content is until the commit. */
  readonly temporary: string;
  /** Adds to the end. One call at a time. */
  append(bytes: Uint8Array): Promise<void>;
  /** Makes the content durable, gives the file its name and makes the name durable. */
  commit(): Promise<void>;
  /** Removes what was written. May be called at any time; after a commit it does nothing. */
  discard(): Promise<void>;
};

export type AtomicFileOptions = {
  readonly fileSystem?: FileSystem | undefined;
  /** Where the content is until the commit, on the same disk; `PATH.tmp` where not given. */
  readonly temporary?: string | undefined;
};

/**
 * Opens a file so that a reader, a crash or a power loss finds either the old content or the new,
 * never a part: it is written beside its place as `PATH.tmp`, synced and renamed, and then the
 * directory is synced.
 *
 * The temporary name is fixed, so that the next process replaces what a killed one left; a path
 * must therefore have one writer at a time. A link under the temporary name is replaced, never
 * followed.
 *
 * @throws FellowshipError `storage_failed` out of this, `append` and `commit`. The temporary file
 *   is gone then, and the old content still there, unless only the directory's sync failed.
 */
export async function openAtomicFile(
  path: string,
  { fileSystem = diskFileSystem, temporary = `${path}.tmp` }: AtomicFileOptions = {},
): Promise<AtomicFile> {
  const file = await openNew(temporary, fileSystem).catch((error: unknown) => {
    throw storageFailed("write", path, error);
  });
  let length = 0;
  let isOpen = true;
  let isThere = true;

  async function close(): Promise<void> {
    if (!isOpen) return;
    isOpen = false;
    await file.close();
  }

  async function discard(): Promise<void> {
    if (!isThere) return;
    isThere = false;
    await close().catch(() => undefined);
    await fileSystem.unlink(temporary).catch(() => undefined);
  }

  async function orDiscard(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      await discard();
      throw storageFailed("write", path, error);
    }
  }

  async function putInPlace(): Promise<void> {
    await file.sync();
    await close();
    await fileSystem.rename(temporary, path);
    isThere = false;
  }

  return {
    temporary,
    append: (bytes) =>
      orDiscard(async () => {
        await writeFully(file, bytes, length);
        length += bytes.length;
      }),
    async commit() {
      await orDiscard(putInPlace);
      await syncDirectory(dirname(path), fileSystem).catch((error: unknown) => {
        throw storageFailed("make sure of the name of", path, error);
      });
    },
    discard,
  };
}

/** Opens a file that nothing else has open or points to. */
async function openNew(path: string, fileSystem: FileSystem): Promise<OpenFile> {
  try {
    return await fileSystem.open(path, "wx");
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
  }
  await fileSystem.unlink(path);
  return fileSystem.open(path, "wx");
}
