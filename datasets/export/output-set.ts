import { join } from "node:path";
import type * as z from "zod";
import { openJsonArrayWriter } from "../write/json-array-writer.ts";
import { openJsonlWriter, type JsonlWriter } from "../write/jsonl-writer.ts";
import { openDualWriter } from "./dual-writer.ts";

/** A file of a run, for its manifest. */
export type OutputFile = {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly lines: number;
};

/** Several data files that are written together and appear together. */
export type OutputSet = {
  /** Adds a JSONL file of any lines. */
  readonly jsonl: (name: string) => Promise<(line: unknown) => Promise<unknown> | undefined>;
  /** Adds a JSON file that is one array of any elements. */
  readonly jsonArray: (name: string) => Promise<(element: unknown) => Promise<unknown> | undefined>;
  /** Adds a pair of files, JSONL and Parquet, of training data. */
  readonly twin: <Schema extends z.ZodObject>(
    name: string,
    schema: Schema,
  ) => Promise<(line: z.infer<Schema>) => Promise<unknown> | undefined>;
  /**
   * Gives all of them their names. `repaired` counts texts in which lone surrogates were replaced.
   */
  readonly commit: () => Promise<{ files: OutputFile[]; repaired: number }>;
  readonly abort: () => Promise<void>;
};

/** Takes the lines of a file as they are written; the next one waits for the promise. */
export type LineListener = (line: unknown) => Promise<unknown> | undefined;

/** Asked for each file of a set, by name: who else takes its lines; undefined for nobody. */
export type LineWatch = (file: string) => LineListener | undefined;

function openOutputSet(directory: string, watch: LineWatch): OutputSet {
  const open: {
    prepare?: () => Promise<void>;
    commit: () => Promise<{ files: OutputFile[]; repaired: number }>;
    abort: () => Promise<void>;
  }[] = [];

  function add(name: string, writer: Omit<JsonlWriter, "flush">) {
    open.push({
      commit: async () => ({ files: [{ name, ...(await writer.commit()) }], repaired: 0 }),
      abort: () => writer.abort(),
    });
    return heardBy(watch(name), (value: unknown) => writer.write(value));
  }

  return {
    jsonl: async (name) => add(name, await openJsonlWriter(join(directory, name))),
    jsonArray: async (name) => add(name, await openJsonArrayWriter(join(directory, name))),
    twin: async (name, schema) => {
      const twin = await openDualWriter(directory, name, schema);
      open.push(twin);
      return heardBy(watch(`${name}.jsonl`), (line) => twin.write(line));
    },
    commit: async () => {
      const files: OutputFile[] = [];
      let repaired = 0;
      // Whatever can fail for want of room is done before the first file gets its name.
      for (const one of open) await one.prepare?.();
      for (const one of open) {
        const committed = await one.commit();
        files.push(...committed.files);
        repaired += committed.repaired;
      }
      return { files, repaired };
    },
    abort: async () => {
      await Promise.all(open.map((one) => one.abort()));
    },
  };
}

/** Writes a line, and has the listener take it. */
function heardBy<Line>(
  listener: LineListener | undefined,
  write: (line: Line) => Promise<unknown> | undefined,
): (line: Line) => Promise<unknown> | undefined {
  if (listener === undefined) return write;
  return (line) => {
    const [written, heard] = [write(line), listener(line)];
    return written === undefined ? heard : Promise.all([written, heard]);
  };
}

/**
 * Writes several data files of a directory that appear together when `write` has come to its end;
 * after an error none of them does.
 */
export async function writeOutputSet<Result>(
  directory: string,
  write: (set: OutputSet) => Promise<Result>,
  watch: LineWatch = () => undefined,
): Promise<{ result: Result; files: OutputFile[]; repaired: number }> {
  const set = openOutputSet(directory, watch);
  try {
    const result = await write(set);
    return { result, ...(await set.commit()) };
  } catch (error) {
    await set.abort();
    throw error;
  }
}
