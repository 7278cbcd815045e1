import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { systemCode } from "./storage-failed.ts";

/**
 * Makes a directory and those above it, where they don't exist. Node's own recursive `mkdir` never
 * returns on file systems that refuse new entries with ENOENT, such as /proc.
 *
 * @throws what the file system throws
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (await isDirectory(path)) return;
    const parent = dirname(resolve(path));
    if (systemCode(error) !== "ENOENT" || (await isDirectory(parent))) throw error;
    await makeDirectory(parent);
    await makeDirectory(path);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
