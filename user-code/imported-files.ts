import { createRequire } from "node:module";
import { existsSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { oneLine } from "../models/wire/one-line.ts";
import { packageRoot } from "../state/package-root.ts";
import layersFile from "../layers.json" with { type: "json" };

/** A file that a module imports by path, directly or through another. */
export type ImportedFile = {
  /** Absolute, links followed. */
  readonly file: string;
  /** The first import that leads to it, for messages; null for the module itself. */
  readonly by: { readonly importer: string; readonly specifier: string } | null;
};

/** The files, or in words the reason why they can't all be known. */
export type ImportedFiles =
  | { readonly files: readonly ImportedFile[]; readonly problem: null }
  | { readonly files: null; readonly problem: string };

/** The part of esbuild that is used here. */
type Message = {
  readonly id: string;
  readonly text: string;
  readonly location: { readonly file: string; readonly line: number } | null;
};
type Import = {
  readonly path: string;
  readonly original?: string;
  readonly external?: boolean;
};
type Inputs = Readonly<Record<string, { readonly imports: readonly Import[] }>>;
type Esbuild = {
  buildSync(options: object): {
    readonly warnings: readonly Message[];
    readonly metafile: { readonly inputs: Inputs };
  };
};

let loaded: Esbuild | undefined;

/** The compiler with which tsx loads modules in TypeScript. */
function esbuild(): Esbuild {
  const requireFromTsx = createRequire(createRequire(import.meta.url).resolve("tsx"));
  return (loaded ??= requireFromTsx("esbuild") as Esbuild);
}

/** Fellowship's own folder: its files are the program itself, and not code of the user's. */
const ownRoot = realpathSync(packageRoot);
const ownFolders = [...Object.keys(layersFile.layers), "dist", "node_modules"];
const ownFiles = [...ownFolders.map((folder) => join(folder, "*")), "index.ts"];

const computedIds = ["unsupported-dynamic-import", "unsupported-require-call", "empty-glob"];

/**
 * Lists a module and the files that it imports by path, directly or through another. Nothing is
 * run. Imports of types alone, of packages and of Fellowship's files are left out.
 *
 * @param root The folder from which messages name files.
 */
export function importedFiles(module: string, root: string): ImportedFiles {
  try {
    const { warnings, metafile } = esbuild().buildSync({
      entryPoints: [module],
      absWorkingDir: root,
      bundle: true,
      packages: "external",
      external: ownFiles.map((path) => join(ownRoot, path)),
      loader: { ".node": "empty", ".wasm": "empty" },
      treeShaking: false,
      format: "esm",
      platform: "node",
      target: "esnext",
      // Imports of names that are never used are loaded too, unless they are marked as types.
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
      logOverride: Object.fromEntries(computedIds.map((id) => [id, "warning"])),
      logLevel: "silent",
      metafile: true,
      write: false,
    });
    const computed = warnings.find(({ id }) => computedIds.includes(id));
    if (computed !== undefined) return unknown(computed, computedPath);
    const problem = importProblem(metafile.inputs);
    return problem === null ? { files: filesOf(metafile.inputs, root), problem } : refused(problem);
  } catch (error) {
    const [first] = (error as { readonly errors?: readonly Message[] }).errors ?? [];
    if (first === undefined) throw error;
    // A pattern that no file matches.
    const isComputed = /^Could not resolve (?:import|require)\(/.test(first.text);
    return unknown(first, isComputed ? computedPath : first.text);
  }
}

const computedPath = "the path of an import is computed";

function unknown({ location }: Message, problem: string): ImportedFiles {
  const line = location === null ? "" : ` (line ${location.line})`;
  const file = location === null ? "" : `can't load ${location.file}: `;
  return refused(`${file}${oneLine(problem, 200)}${line}${remedyOf(problem)}`);
}

function refused(problem: string): ImportedFiles {
  return { files: null, problem };
}

function remedyOf(problem: string): string {
  return problem === computedPath ? "; write it as a text, so that the file is known" : "";
}

/** An import by an address, or by a pattern that several files match; null where there is none. */
function importProblem(inputs: Inputs): string | null {
  for (const [importer, { imports }] of Object.entries(inputs)) {
    for (const { path, original = path, external = false } of imports) {
      if (external && path.includes("*")) {
        return `can't load ${importer}: ${computedPath}${remedyOf(computedPath)}`;
      }
      if (/^(?!node:)[a-z][a-z0-9+.-]*:/i.test(original)) {
        return `${importer} imports "${oneLine(original, 200)}": expected a file or a package`;
      }
    }
  }
  return null;
}

function filesOf(inputs: Inputs, root: string): ImportedFile[] {
  const imports = Object.entries(inputs).flatMap(([importer, input]) =>
    input.imports.map(({ path, original = path }) => ({ importer, path, specifier: original })),
  );
  return Object.keys(inputs).flatMap((path) => {
    const by = imports.find((one) => one.path === path) ?? null;
    return loadedFrom(resolve(root, path)).map((file) => ({ file, by }));
  });
}

/** The file of a path, which may end in a query; beside a file of JavaScript its TypeScript too. */
function loadedFrom(path: string): string[] {
  const file = existsSync(path) ? path : path.replace(/[?#].*$/s, "");
  const source = file.replace(/js(x?)$/, "ts$1");
  return [file, ...(source !== file && existsSync(source) ? [source] : [])];
}
