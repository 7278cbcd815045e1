import { open, stat } from "node:fs/promises";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { storageFailed } from "../../storage/storage-failed.ts";

/** Knows whether a path still leads to the directory that it led to at first. */
export type DirectoryPlace = {
  readonly isSame: () => Promise<boolean>;
  /**
   * @param options.isFailing Whether something in the directory has just failed: then an answer of
   *   a moment ago doesn't count.
   * @throws FellowshipError `storage_failed` where the path leads to another place or nowhere
   */
  readonly assertSame: (options?: { readonly isFailing: boolean }) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** So long a directory that was in its place counts as there. */
const sureMs = 50;

/**
 * Holds a directory open, so that the system gives its number (inode) to no other one meanwhile.
 *
 * @throws FellowshipError `storage_failed`
 */
export async function holdPlace(path: string): Promise<DirectoryPlace> {
  if (process.platform === "win32") return unmovable; // an open file keeps its directory there
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw storageFailed("open", path, cause);
  });
  const own = await handle.stat({ bigint: true });

  async function isSame(): Promise<boolean> {
    const now = await stat(path, { bigint: true }).catch(() => null);
    return now !== null && now.dev === own.dev && now.ino === own.ino;
  }

  let sureUntil = 0;
  let asking: Promise<boolean> | null = null;

  async function ask(): Promise<boolean> {
    const isHere = await isSame();
    if (isHere) sureUntil = performance.now() + sureMs;
    asking = null;
    return isHere;
  }

  return {
    isSame,
    async assertSame({ isFailing } = { isFailing: false }) {
      // Asked for every row; the rows of a moment share an answer, and rows that end together a
      // question.
      if (!isFailing && performance.now() < sureUntil) return;
      if (await (isFailing ? isSame() : (asking ??= ask()))) return;
      throw new FellowshipError(
        "storage_failed",
        `${path} was moved, removed or replaced while the run was writing to it, so nothing ` +
          "more is written. The journals are still in the moved directory: move it back and " +
          "run the same command again to continue.",
        { facts: { path } },
      );
    },
    close: () => handle.close(),
  };
}

const unmovable: DirectoryPlace = {
  isSame: async () => true,
  assertSame: async () => undefined,
  close: async () => undefined,
};
