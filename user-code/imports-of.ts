import { createRequire } from "node:module";
import { extname } from "node:path";
import { oneLine } from "../models/wire/one-line.ts";

/** What a module loads, as far as its text tells. */
export type Imports = {
  /** As they are written, without those of types alone. */
  readonly specifiers: readonly string[];
  /** What stands in the way of knowing them all, in words and with the line; null where nothing does. */
  readonly problem: string | null;
  /** Whether it exports something called `then`. */
  readonly exportsThen: boolean;
};

const loaders: Readonly<Record<string, string>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".js": "jsx",
  ".mjs": "jsx",
  ".cjs": "jsx",
  ".jsx": "jsx",
};

/** The endings of files that may import others. */
export const importingExtensions: readonly string[] = Object.keys(loaders);

/** What is used of esbuild. */
type Message = {
  readonly id: string;
  readonly text: string;
  readonly location: { readonly line: number } | null;
};
type Output = {
  readonly imports: readonly { readonly path: string }[];
  readonly exports: readonly string[];
};
type Esbuild = {
  buildSync(options: object): {
    readonly warnings: readonly Message[];
    readonly metafile: { readonly outputs: Readonly<Record<string, Output>> };
  };
};

let loaded: Esbuild | undefined;

/** The compiler that loads modules in TypeScript, so it reads imports as they will be read. */
function esbuild(): Esbuild {
  const compilerOf = createRequire(createRequire(import.meta.url).resolve("tsx"));
  return (loaded ??= compilerOf("esbuild") as Esbuild);
}

/** A path that can't be told from the text, whether the compiler takes it for a pattern or for nothing. */
const computed = /^Could not resolve (?:import|require)\(/;
const computedIds = ["unsupported-dynamic-import", "unsupported-require-call", "empty-glob"];

/** Reads what a module imports, wherever and however it is written; nothing is run. */
export function importsOf(text: string, file: string): Imports {
  const unknown = (problem: string): Imports => ({ specifiers: [], problem, exportsThen: false });
  try {
    const { warnings, metafile } = esbuild().buildSync({
      stdin: { contents: text, loader: loaders[extname(file)] ?? "ts", resolveDir: nowhere },
      bundle: true,
      external: ["*"],
      treeShaking: false,
      format: "esm",
      platform: "node",
      target: "esnext",
      // Imports that nothing uses are loaded too, unless they are marked as types.
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
      logOverride: Object.fromEntries(computedIds.map((id) => [id, "warning"])),
      logLevel: "silent",
      metafile: true,
      write: false,
    });
    const hidden = warnings.find(({ id }) => computedIds.includes(id));
    if (hidden !== undefined) return unknown(computedAt(hidden));
    const [output] = Object.values(metafile.outputs);
    const { imports = [], exports = [] } = output ?? {};
    const specifiers = [...new Set(imports.map(({ path }) => path))];
    return { specifiers, problem: null, exportsThen: exports.includes("then") };
  } catch (error) {
    const [first] = (error as { readonly errors?: readonly Message[] }).errors ?? [];
    if (first === undefined) throw error;
    if (computed.test(first.text)) return unknown(computedAt(first));
    return unknown(`${oneLine(first.text, 200)}${lineOf(first)}`);
  }
}

/** A folder that is not there: what a path might lead to is looked for elsewhere. */
const nowhere = "/nowhere/at/all";

function computedAt(message: Message): string {
  return `the path of an import is computed${lineOf(message)}, so what it loads can't be told; write it as a text`;
}

function lineOf({ location }: Message): string {
  return location === null ? "" : ` (line ${location.line})`;
}
