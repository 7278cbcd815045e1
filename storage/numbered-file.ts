import type { FileSystem, OpenFile } from "./file-system.ts";
import { systemCode } from "./storage-failed.ts";

/** Makes the first of `<stem>-1`, `<stem>-2` … that isn't there yet, open for writing. */
export async function createNumberedFile(
  stem: string,
  fileSystem: FileSystem,
): Promise<{ path: string; file: OpenFile }> {
  return firstFree(stem, async (path) => ({ path, file: await fileSystem.open(path, "wx") }));
}

/**
 * Gives a file the first of the names `<stem>-1`, `<stem>-2` … that is free, beside the name it
 * has.
 */
export async function linkNumbered(
  existing: string,
  stem: string,
  fileSystem: FileSystem,
): Promise<string> {
  return firstFree(stem, async (path) => {
    await fileSystem.link(existing, path);
    return path;
  });
}

async function firstFree<Made>(stem: string, make: (path: string) => Promise<Made>): Promise<Made> {
  for (let number = 1; ; number += 1) {
    try {
      return await make(`${stem}-${number}`);
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    }
  }
}
