import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, extname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { oneLine } from "../models/one-line.ts";
import { FellowshipError } from "../state/fellowship-error.ts";

/** SHA-256 by file, hexadecimal; the names are relative to the working directory, with `/`. */
export type CodeHashes = Readonly<Record<string, string>>;

/** A module that is about to be run. */
export type CodeModule = {
  /** Relative to the working directory, with `/`. */
  readonly path: string;
  readonly file: string;
  /** Of the module and of every file that it imports by a relative path, directly or through another; Fellowship's own are left out. */
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
const ownRoot = realpathSync(join(import.meta.dirname, ".."));
const ownFolders = new Set([
  "datasets",
  "evals",
  "graphs",
  "models",
  "node_modules",
  "nodes",
  "prompts",
  "report",
  "runs",
  "scripts",
  "state",
  "studio",
  "topologies",
]);

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

/** Static imports and exports at the beginning of a line, and imports of a text in brackets; nothing else is looked for. */
const importing = [
  /^[ \t]*(?:import|export)\b(?:[^"'`;()=]*?\bfrom)?\s*["']([^"'\n]+)["']/gm,
  /\bimport\s*\(\s*["']([^"'\n]+)["']/g,
];

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
  hashes[name] = createHash("sha256").update(text).digest("hex");
  if (!isCodePath(file)) return;
  for (const specifier of specifiersIn(text.toString("utf8"))) {
    const importPlace = `${place}: ${name} imports "${specifier}"`;
    const imported = importedFile(specifier, file, importPlace);
    if (imported === null || isOwn(imported)) continue;
    refuseOutside(root, imported, importPlace);
    hashImports(imported, hashing);
  }
}

/** The file that an import by path leads to; null for packages, and where there is none. */
function importedFile(specifier: string, from: string, place: string): string | null {
  if (/^(?:data|https?|blob):/i.test(specifier))
    throw badCode(`${place}: expected a file or a package`);
  const isUrl = specifier.startsWith("file:");
  if (!isUrl && !/^(?:\.{1,2})?\//.test(specifier)) return null;
  const path = isUrl
    ? fileURLToPath(specifier)
    : resolve(dirname(from), specifier.replace(/\?.*/, ""));
  const typed = path.replace(/js$/, "ts");
  const candidates = [
    path,
    typed,
    ...extensions.map((one) => `${path}${one}`),
    join(path, "index.ts"),
  ];
  const found = candidates.find((one) => existsSync(one) && statSync(one).isFile());
  return found === undefined ? null : realpathSync(found);
}

function specifiersIn(text: string): string[] {
  return importing.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, specifier = ""]) => specifier),
  );
}

function badCode(message: string, cause?: unknown): FellowshipError {
  return new FellowshipError("bad_usage", `${message}.`, { cause });
}
