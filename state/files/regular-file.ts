import { statSync } from "node:fs";
import { FellowshipError } from "../fellowship-error.ts";

/**
 * Refuses to read a device, pipe or socket, which may have no end. What isn't there, and folders,
 * are left to the reader's own message.
 *
 * @throws FellowshipError `bad_usage`
 */
export function expectRegularFile(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isFile() || stats.isDirectory()) return;
  throw new FellowshipError(
    "bad_usage",
    `${path}: expected a regular file, found a device or pipe. Save its content as a file first.`,
    { facts: { path } },
  );
}
