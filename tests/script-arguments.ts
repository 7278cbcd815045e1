import { join, relative } from "node:path";

export const project = join(import.meta.dirname, "..");

/** Where the project stands compiled; nothing where it does not. */
export const compiledVariable = "FELLOWSHIP_COMPILED";

/**
 * The arguments of `node` that run a module of the project: as its commands do it, or as it was compiled, where it was.
 *
 * @param script Its path, like those of `preload`, modules that are loaded before it.
 */
export function scriptArguments(script: string, preload: readonly string[] = []): string[] {
  const compiled = process.env[compiledVariable];
  const file = (path: string) =>
    compiled === undefined ? path : join(compiled, relative(project, path)).replace(/\.ts$/, ".js");
  const loader = compiled === undefined ? [import.meta.resolve("tsx")] : [];
  const modules = [...loader, ...preload.map(file)].flatMap((path) => ["--import", path]);
  return [...modules, file(script)];
}
