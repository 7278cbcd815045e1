import type { Output } from "./open-output.ts";
import { openOutput } from "./open-output.ts";

/** A JSONL file that is there only when it is whole. */
export type JsonlWriter = Omit<Output, "write"> & {
  /** Adds a line. Returns a promise where the caller should wait before the next one. */
  write(value: unknown): Promise<void> | undefined;
};

/**
 * Opens a JSONL file for writing; see `openOutput` for where it is until the commit, and what is
 * thrown. The same values give the same bytes.
 */
export async function openJsonlWriter(path: string): Promise<JsonlWriter> {
  const output = await openOutput(path);
  return {
    write: (value) => output.write(toJsonLine(value)),
    flush: () => output.flush(),
    commit: () => output.commit(),
    abort: () => output.abort(),
  };
}

/** Characters that JSON allows in a string and some readers of lines take for the end of one. */
const foreignLineEnds = /[\u0085\u2028\u2029]/g;

/**
 * A value as one line of JSON, its line feed included. A lone surrogate is written as an escape.
 *
 * @throws TypeError for what JSON can't say: undefined, a function, a BigInt, an object that holds
 *   itself
 */
export function toJsonLine(value: unknown): string {
  // The types of JSON.stringify leave out that it gives undefined for undefined.
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`expected a JSON value, got ${typeof value}`);
  return `${text.replace(foreignLineEnds, escapeCharacter)}\n`;
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
