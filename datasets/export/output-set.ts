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

function openOutputSet(directory: string): OutputSet {
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
    return (value: unknown) => writer.write(value);
  }

  return {
    jsonl: async (name) => add(name, await openJsonlWriter(join(directory, name))),
    jsonArray: async (name) => add(name, await openJsonArrayWriter(join(directory, name))),
    twin: async (name, schema) => {
      const twin = await openDualWriter(directory, name, schema);
      open.push(twin);
      return (line) => twin.write(line);
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

/**
 * Writes several data files of a directory that appear together when `write` has come to its end;
 * after an error none of them does.
 */
export async function writeOutputSet<Result>(
  directory: string,
  write: (set: OutputSet) => Promise<Result>,
): Promise<{ result: Result; files: OutputFile[]; repaired: number }> {
  const set = openOutputSet(directory);
  try {
    const result = await write(set);
    return { result, ...(await set.commit()) };
  } catch (error) {
    await set.abort();
    throw error;
  }
}
