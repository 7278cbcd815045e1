import { createHash } from "node:crypto";
import { readFileSync, realpathSync, statSync } from "node:fs";
import { extname, isAbsolute, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { oneLine } from "../models/wire/one-line.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import { importedFiles } from "./imported-files.ts";
import { registerLoaders } from "./register-loaders.ts";

/** SHA-256 by file, hexadecimal; the names are relative to the working directory, with `/`. */
export type CodeHashes = Readonly<Record<string, string>>;

/** A module that is about to be run. */
export type CodeModule = {
  /** Relative to the working directory, with `/`. */
  readonly path: string;
  readonly file: string;
  /** Of the module and of every file that it imports by path (`importedFiles`). */
  readonly hashes: CodeHashes;
};

const extensions = [".ts", ".mts", ".js", ".mjs"];

/** Whether a path names code by its ending. */
export function isCodePath(path: string): boolean {
  return extensions.includes(extname(path));
}

/**
 * Finds a module, and checks that it and the files that it imports by path lie under the working
 * directory, links followed. Nothing is run.
 *
 * @param place Where it is named, for messages.
 * @throws FellowshipError `bad_usage`
 */
export function findCode(path: string, place: string): CodeModule {
  if (!isCodePath(path)) {
    throw badCode(`${place}: expected a module (${extensions.join(", ")}), got ${path}`);
  }
  const root = realpathSync(process.cwd());
  const file = realFile(path, place);
  refuseOutside(root, file, place);
  const { files, problem } = importedFiles(file, root);
  if (problem !== null) throw badCode(`${place}: ${problem}`);
  const hashes = files.map(({ file: imported, by }) => {
    const how = by === null ? "" : `: ${by.importer} imports "${oneLine(by.specifier, 200)}"`;
    refuseOutside(root, imported, `${place}${how}`);
    const hash = createHash("sha256").update(readFileSync(imported)).digest("hex");
    return [nameIn(root, imported), hash] as const;
  });
  // The module comes first, then the others by name.
  const own = nameIn(root, file);
  const order = ([one]: readonly [string, string], [other]: readonly [string, string]) =>
    Number(other === own) - Number(one === own) || (one < other ? -1 : 1);
  return { path: own, file, hashes: Object.fromEntries(hashes.toSorted(order)) };
}

/** The longest that a module may take to load, in milliseconds. */
const longestLoadMs = 30_000;

let hasRun = false;

/** Whether any custom code was run in this process. */
export function hasRunUserCode(): boolean {
  return hasRun;
}

/**
 * Runs a module and gives its exports. A module that has changed since is run anew.
 *
 * @throws FellowshipError `bad_usage` where it throws or never comes to its end, without a stack.
 */
export async function runCode(
  { path, file, hashes }: CodeModule,
  place: string,
): Promise<Readonly<Record<string, unknown>>> {
  const address = `${pathToFileURL(file).href}?sha256=${hashes[path] ?? ""}`;
  hasRun = true;
  await registerLoaders();
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_, reject) => {
    const late = new Error(`it did not load within ${longestLoadMs / 1000} seconds`);
    timer = setTimeout(() => reject(late), longestLoadMs);
  });
  try {
    return await Promise.race([import(address) as Promise<Record<string, unknown>>, patience]);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw badCode(`${place}: can't load ${path}: ${oneLine(reason, 300)}`, cause);
  } finally {
    clearTimeout(timer);
  }
}

/** The lines that a person is shown before code is run. */
export function codeNotice({ path, hashes }: CodeModule): string {
  const others = Object.entries(hashes).filter(([name]) => name !== path);
  return [
    `Code: ${path} runs with all your rights (SHA-256 ${hashes[path] ?? ""}).`,
    ...others.map(([name, hash]) => `  with ${name} (SHA-256 ${hash})`),
  ].join("\n");
}

function realFile(path: string, place: string): string {
  try {
    const file = realpathSync(resolve(path));
    if (statSync(file).isFile()) return file;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw badCode(`${place}: can't read the module ${path} (${code})`, cause);
  }
  throw badCode(`${place}: ${path} is not a file`);
}

function refuseOutside(root: string, file: string, place: string): void {
  const path = relative(root, file);
  if (path.split(sep)[0] !== ".." && !isAbsolute(path)) return;
  throw badCode(
    `${place}: this leads to ${file}; code must lie under the working directory, ${root}`,
  );
}

function nameIn(root: string, file: string): string {
  return relative(root, file).split(sep).join("/");
}

function badCode(message: string, cause?: unknown): FellowshipError {
  return new FellowshipError("bad_usage", `${message}.`, { cause });
}
