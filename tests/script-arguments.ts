import { join, relative } from "node:path";

export const project = join(import.meta.dirname, "..");

/**
 * The compiled file of a module of the project (see bin/compile.js, which ran before these tests).
 */
export function compiledFile(path: string): string {
  return join(project, "dist", relative(project, path)).replace(/\.ts$/, ".js");
}

/**
 * The arguments of `node` that run a module of the project as it was compiled.
 *
 * @param script Its path, like those of `preload`, modules that are loaded before it.
 */
export function scriptArguments(script: string, preload: readonly string[] = []): string[] {
  const modules = preload.flatMap((path) => ["--import", compiledFile(path)]);
  return [...modules, compiledFile(script)];
}

/**
 * The arguments of `node` that run a command, as `npm run NAME -- …` does, with modules that are
 * loaded before it.
 */
export function commandArguments(name: string, preload: readonly string[] = []): string[] {
  const modules = preload.flatMap((path) => ["--import", compiledFile(path)]);
  return [...modules, join(project, "bin", "fellowship.js"), name];
}
