import { basename, extname } from "node:path";
import type { Companion, ExportedNames } from "./trainer-format.ts";

/** A data file's name without its ending. */
export function stemOf(name: string): string {
  return basename(name, extname(name));
}

/** A companion that is written anew, named for the data file: `dpo.jsonl`, `dpo.axolotl.yaml`. */
export function fileBeside(
  names: ExportedNames,
  ending: string,
  lines: readonly (string | undefined)[],
): Companion {
  const text = `${lines.filter((line) => line !== undefined).join("\n")}\n`;
  return { name: `${stemOf(names.train)}.${ending}`, textOf: () => text };
}

/** How `datasets` reads a file of this name. */
export function builderOf(name: string): "json" | "parquet" {
  return extname(name) === ".parquet" ? "parquet" : "json";
}

/** A text as YAML and as JSON: file names may hold anything. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** A word of a shell command line. */
export function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
