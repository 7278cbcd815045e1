import type { FileSystem } from "./file-system.ts";
import { systemCode } from "./storage-failed.ts";

// Some network and user-space file systems have no such operation: there is nothing to wait for
// then.
const unsupported: ReadonlySet<string | null> = new Set(["EINVAL", "ENOTSUP", "EOPNOTSUPP"]);

/**
 * Waits until the names in a directory (a file made, renamed or linked in it) are on the disk. A
 * file's own fsync does not promise that its name survives a power loss (fsync(2)).
 *
 * @throws what the file system throws, except where it can't sync directories at all
 */
export async function syncDirectory(directory: string, fileSystem: FileSystem): Promise<void> {
  if (process.platform === "win32") return; // directories can't be opened there
  const handle = await fileSystem.open(directory, "r");
  try {
    await handle.sync();
  } catch (error) {
    if (!unsupported.has(systemCode(error))) throw error;
  } finally {
    await handle.close();
  }
}
