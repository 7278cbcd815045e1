import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, extname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { oneLine } from "../models/wire/one-line.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import { importingExtensions, importsOf, type Imports } from "./imports-of.ts";
import layersFile from "../layers.json" with { type: "json" };
import { packageRoot } from "../state/package-root.ts";
import { registerLoaders } from "./register-loaders.ts";

/** SHA-256 by file, hexadecimal; the names are relative to the working directory, with `/`. */
export type CodeHashes = Readonly<Record<string, string>>;

/** A module that is about to be run. */
export type CodeModule = {
  /** Relative to the working directory, with `/`. */
  readonly path: string;
  readonly file: string;
  /** Of the module and of every file that it imports by path, directly or through another; Fellowship's own are left out. */
  readonly hashes: CodeHashes;
};

const extensions = [".ts", ".mts", ".js", ".mjs"];

/** Whether a path names code by its ending. */
export function isCodePath(path: string): boolean {
  return extensions.includes(extname(path));
}

/**
 * Finds a module, and checks that it and what it imports by path lie under the working directory, links followed. Nothing is run.
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
  const hashes: Record<string, string> = {};
  hashImports(file, { root, hashes, place });
  return { path: nameIn(root, file), file, hashes };
}

/** The longest that a module may take to load, in milliseconds. */
const longestLoadMs = 30_000;

let hasRun = false;

/** Whether any code of the user's own was run in this process. */
export function hasRunUserCode(): boolean {
  return hasRun;
}

/**
 * Runs a module and gives what it exports. A module that has changed since is run anew.
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

/** What a person is told before code is run. */
export function codeNotice({ path, hashes }: CodeModule): string {
  const others = Object.entries(hashes).filter(([name]) => name !== path);
  return [
    `Code: ${path} runs with all your rights (SHA-256 ${hashes[path] ?? ""}).`,
    ...others.map(([name, hash]) => `  with ${name} (SHA-256 ${hash})`),
  ].join("\n");
}

/** Fellowship's own folder: its files are the program itself, and no part of what is hashed or refused. */
const ownRoot = realpathSync(packageRoot);
const ownFolders = new Set([...Object.keys(layersFile.layers), "dist", "node_modules"]);

function isOwn(file: string): boolean {
  const inside = relative(ownRoot, file).split(sep);
  return inside[0] !== ".." && inside.length > 1 && ownFolders.has(inside[0] ?? "");
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
  if (isInside(root, file)) return;
  throw badCode(
    `${place}: this leads to ${file}; code must lie under the working directory, ${root}`,
  );
}

function isInside(root: string, file: string): boolean {
  const path = relative(root, file);
  return path !== "" && path.split(sep)[0] !== ".." && !isAbsolute(path);
}

function nameIn(root: string, file: string): string {
  return relative(root, file).split(sep).join("/");
}

type Hashing = {
  readonly root: string;
  readonly hashes: Record<string, string>;
  readonly place: string;
};

function hashImports(file: string, hashing: Hashing): void {
  const { root, hashes, place } = hashing;
  const name = nameIn(root, file);
  if (hashes[name] !== undefined) return;
  const text = readFileSync(file);
  const hash = createHash("sha256").update(text).digest("hex");
  hashes[name] = hash;
  const extension = extname(file);
  if (extension !== "" && !importingExtensions.includes(extension)) return;
  const { specifiers, problem, exportsThen } = knownImports(text, file, hash);
  if (problem !== null) throw badCode(`${place}: can't load ${name}: ${problem}`);
  if (exportsThen) {
    // Whoever loads such a module calls that export, and waits for what it never tells.
    throw badCode(`${place}: can't load ${name}: it exports "then"; give that another name`);
  }
  for (const specifier of specifiers) {
    const importPlace = `${place}: ${name} imports "${oneLine(specifier, 200)}"`;
    for (const imported of importedFiles(specifier, file, importPlace)) {
      if (isOwn(imported)) continue;
      refuseOutside(root, imported, importPlace);
      hashImports(imported, hashing);
    }
  }
}

/** By extension and hash: a module is looked at more than once before it runs. */
const seen = new Map<string, Imports>();

function knownImports(text: Buffer, file: string, hash: string): Imports {
  const key = `${hash}${extname(file)}`;
  const known = seen.get(key) ?? importsOf(text.toString("utf8"), file);
  seen.set(key, known);
  return known;
}

/** The files that an import by path may lead to, whichever of them is loaded; none for packages, and where there is none. */
function importedFiles(specifier: string, from: string, place: string): string[] {
  const [scheme] = /^[a-z][a-z0-9+.-]*:/i.exec(specifier) ?? [];
  if (scheme === "node:") return [];
  const isFile = scheme?.toLowerCase() === "file:";
  if (scheme !== undefined && !isFile) throw badCode(`${place}: expected a file or a package`);
  if (!isFile && !/^(?:\/|\.{1,2}(?:\/|$))/.test(specifier)) return [];
  const candidates = pathsOf(specifier, from, place).flatMap((path) => [
    path,
    // What TypeScript imports by the name that it will have once it is compiled.
    path.replace(/js(x?)$/, "ts$1"),
    path.replace(/jsx?$/, "tsx"),
    ...importingExtensions.flatMap((one) => [`${path}${one}`, join(path, `index${one}`)]),
  ]);
  const found = candidates.filter((one) => existsSync(one) && statSync(one).isFile());
  return [...new Set(found.map((one) => realpathSync(one)))];
}

/** As an address, which may hold escapes, and as a path of the same letters: loaders differ. */
function pathsOf(specifier: string, from: string, place: string): string[] {
  try {
    const path = fileURLToPath(new URL(specifier, pathToFileURL(from)));
    if (/^file:/i.test(specifier)) return [path];
    return [
      path,
      resolve(dirname(from), specifier.replace(/[?#].*/s, "")),
      resolve(dirname(from), specifier),
    ];
  } catch (cause) {
    throw badCode(`${place}: expected the path of a file`, cause);
  }
}

function badCode(message: string, cause?: unknown): FellowshipError {
  return new FellowshipError("bad_usage", `${message}.`, { cause });
}
