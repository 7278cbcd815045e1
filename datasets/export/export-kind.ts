import type * as z from "zod";
import type { OutputSet } from "./output-set.ts";

type Line = Readonly<Record<string, unknown>>;

/** Counts one line under a word. */
export type Note = (word: string) => void;

/**
 * Training data of one shape: how rows become lines, and what the card says of them. `Row` is what
 * the lines are drawn from: a finished row of a run, or a line of another export that a trainer
 * wants in a shape of its own. `Settings` is whatever else the lines depend on.
 */
export type ExportKind<Row, Settings> = {
  /** The path under the run's directory, without ending: `dpo`, `multi-agent/reviewer.kto`. */
  readonly name: string;
  /** A line. Its fields, in this order, are the columns of the Parquet file. */
  readonly schema: z.ZodObject;
  /** What a line holds, for the card. */
  readonly holds: string;
  /**
   * The lines of a row. `note` counts what a reader of the card should know, by a word in snake
   * case: a line that had to be left out, a line that is not what it seems.
   */
  readonly linesOf: (row: Row, settings: Settings, note: Note) => readonly Line[];
};

/** Checks that the lines are of the schema, and forgets which schema it is. */
export function defineExport<Row, Settings, Schema extends z.ZodObject>(
  kind: Omit<ExportKind<Row, Settings>, "schema" | "linesOf"> & {
    readonly schema: Schema;
    readonly linesOf: (row: Row, settings: Settings, note: Note) => readonly z.infer<Schema>[];
  },
): ExportKind<Row, Settings> {
  return kind;
}

/** The lines that an export has, and what was noted of its lines, by word. */
export type ExportCounts = { lines: number; readonly notes: Record<string, number> };

/** The files of several exports, which are fed the same rows. */
export type ExportWriter<Row> = {
  readonly write: (row: Row) => Promise<void>;
  readonly countsOf: (name: string) => ExportCounts;
};

/** Whether a line of a row is written, by the name of its kind and its place among the row's. */
export type KeepLine<Row> = (name: string, row: Row, index: number) => Promise<boolean>;

/**
 * Adds a JSONL file and a Parquet file to a set for each of the kinds.
 *
 * @param keeps Which lines are written; all where not given.
 */
export async function openExports<Row, Settings>(
  set: OutputSet,
  kinds: readonly ExportKind<Row, Settings>[],
  settings: Settings,
  keeps?: KeepLine<Row>,
): Promise<ExportWriter<Row>> {
  const counts = new Map<string, ExportCounts>();
  const writers: ((row: Row) => Promise<void>)[] = [];
  for (const { name, schema, linesOf } of kinds) {
    const writeLine = await set.twin(name, schema);
    const count: ExportCounts = { lines: 0, notes: {} };
    counts.set(name, count);
    const note: Note = (word) => {
      count.notes[word] = (count.notes[word] ?? 0) + 1;
    };
    writers.push(async (row) => {
      for (const [index, line] of linesOf(row, settings, note).entries()) {
        if (keeps !== undefined && !(await keeps(name, row, index))) continue;
        await writeLine(line);
        count.lines += 1;
      }
    });
  }
  return {
    write: async (row) => {
      for (const write of writers) await write(row);
    },
    countsOf: (name) => counts.get(name) ?? { lines: 0, notes: {} },
  };
}
