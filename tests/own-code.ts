import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { temporaryDirectory } from "./temporary-directory.ts";

/** The project's folder, for modules in a directory of a test that import from it. */
export const project = join(import.meta.dirname, "..");

/**
 * A directory with the files given, which is the working directory as far as custom code goes,
 * until the test ends.
 */
export function workInDirectory(files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory(files);
  const spy = vi.spyOn(process, "cwd").mockReturnValue(directory);
  onTestFinished(() => spy.mockRestore());
  return directory;
}
