import { dirname } from "node:path";
import { diskFileSystem, type FileSystem } from "./file-system.ts";
import { storageFailed } from "./storage-failed.ts";
import { syncDirectory } from "./sync-directory.ts";
import { writeFully } from "./whole-transfer.ts";

/**
 * Writes a whole small file so that a reader, a crash or a power loss finds either the old content or the new,
 * never a part: written beside it as `<path>.tmp`, synced, renamed, and the directory synced.
 *
 * The temporary name is fixed, so that what a killed process leaves is overwritten by the next one; a path
 * must therefore not be replaced twice at the same time.
 *
 * @throws FellowshipError `storage_failed`; the old content is still there, unless only the directory's sync failed
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  options: { fileSystem?: FileSystem } = {},
): Promise<void> {
  const fileSystem = options.fileSystem ?? diskFileSystem;
  const temporary = `${path}.tmp`;
  try {
    await writeAndSync(fileSystem, temporary, content);
    await fileSystem.rename(temporary, path);
  } catch (error) {
    await fileSystem.unlink(temporary).catch(() => undefined); // it may not be there
    throw storageFailed("write", path, error);
  }
  try {
    await syncDirectory(dirname(path), fileSystem);
  } catch (error) {
    throw storageFailed("make sure of the name of", path, error);
  }
}

async function writeAndSync(
  fileSystem: FileSystem,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const file = await fileSystem.open(path, "w");
  try {
    await writeFully(file, bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}
