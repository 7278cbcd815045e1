import { randomFillSync } from "node:crypto";
import type { FileSystem } from "../../storage/file-system.ts";
import { systemCode } from "../../storage/storage-failed.ts";
import { writeFully } from "../../storage/whole-transfer.ts";

/** Room on the disk that is kept for the answers still on their way when it fills up. */
export type DiskReserve = {
  /** Gives the room back to the disk; false where there was none (any more). */
  release(): Promise<boolean>;
};

export type ReserveOptions = {
  readonly fileSystem: FileSystem;
  /** Whether `path` still leads to the reserve; by default it always does. */
  readonly isInPlace?: (() => Promise<boolean>) | undefined;
};

/**
 * Keeps `bytes` of the disk occupied by a file at `path`; one that is there already in that size is
 * taken over.
 *
 * @throws what the file system throws: a disk without that much room is too full to begin on
 */
export async function createDiskReserve(
  path: string,
  bytes: number,
  { fileSystem, isInPlace = async () => true }: ReserveOptions,
): Promise<DiskReserve> {
  if (bytes > 0) await occupy(path, bytes, fileSystem);
  let held = bytes > 0;

  async function release(): Promise<boolean> {
    if (!held) return false;
    held = false;
    if (!(await isInPlace())) return false;
    await fileSystem.unlink(path);
    return true;
  }

  return { release };
}

async function occupy(path: string, bytes: number, fileSystem: FileSystem): Promise<void> {
  const file = await fileSystem.open(path, "a");
  try {
    if ((await file.stat()).size === bytes) return;
    await file.truncate(0);
    // Random bytes, for some file systems give no room to zeros.
    await writeFully(file, randomFillSync(Buffer.allocUnsafe(bytes)), 0);
    await file.sync();
  } catch (error) {
    await fileSystem.unlink(path).catch(() => undefined); // a part of it only takes room away
    throw error;
  } finally {
    await file.close();
  }
}

/** True for the errors of a disk, or of a share in it, that is full. */
export function isDiskFull(error: unknown): boolean {
  const code = systemCode(error);
  return code === "ENOSPC" || code === "EDQUOT";
}
