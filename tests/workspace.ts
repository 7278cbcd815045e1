import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandOptions } from "../runs/command-options.ts";
import type { Progress } from "../runs/progress/progress.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** A line or an object that a run wrote. Tests read into it as far as they please. */
// oxlint-disable-next-line typescript/no-explicit-any -- its shape is what the tests are about
export type Written = any;

/** A test's own directory, with the inputs and the results of runs. */
export type Workspace = {
  /** A path inside. */
  readonly at: (...names: string[]) => string;
  /** Writes a file and gives its path; anything but text and bytes becomes JSON lines. */
  readonly write: (name: string, content: string | Buffer | readonly unknown[]) => string;
  readonly text: (...names: string[]) => string;
  readonly json: (...names: string[]) => Written;
  readonly lines: (...names: string[]) => Written[];
  /** All files of a directory inside, at any depth, sorted. */
  readonly files: (...names: string[]) => string[];
  /** Their contents by name, without those about a session: journals, `run.json`, the report. */
  readonly outputs: (...names: string[]) => Record<string, string>;
  /** Options of a command that reads `input` and writes to `out`, both inside. */
  readonly options: (
    input: string,
    out: string,
    changes?: Partial<CommandOptions>,
  ) => CommandOptions;
};

/** Progress that isn't shown. */
export const silent: Progress = {
  rows: () => undefined,
  call: () => undefined,
  follow: () => undefined,
  isShown: false,
  say: () => undefined,
  end: () => undefined,
};

/** @param directory Where it is; a directory that ends with the test where not given. */
export function openWorkspace(directory = temporaryDirectory()): Workspace {
  const at = (...names: string[]) => join(directory, ...names);
  const text = (...names: string[]) => readFileSync(at(...names), "utf8");
  const files = (...names: string[]) =>
    readdirSync(at(...names), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(at(...names).length + 1))
      .sort();
  return {
    at,
    text,
    files,
    write(name, content) {
      const isList = Array.isArray(content);
      writeFileSync(at(name), isList ? toJsonLines(content) : (content as string | Buffer));
      return at(name);
    },
    json: (...names) => JSON.parse(text(...names)),
    lines: (...names) => parseJsonLines(text(...names)),
    outputs: (...names) =>
      Object.fromEntries(
        files(...names)
          .filter(
            (name) => !/^(?:journal\.|run\.json$)|(?:^|\/)report(?:\.html$|-rows\/)/.test(name),
          )
          .map((name) => [name, readFileSync(at(...names, name), "latin1")]),
      ),
    options: (input, out, changes = {}) => ({
      input: at(input),
      directory: at(out),
      concurrency: 4,
      fresh: false,
      salvage: false,
      environment: {},
      progress: silent,
      ...changes,
    }),
  };
}

function toJsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}

function parseJsonLines(text: string): Written[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
