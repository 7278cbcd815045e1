import { existsSync } from "node:fs";
import { join } from "node:path";
import { readRecords } from "../../datasets/read/read-records.ts";
import {
  parseEvaluated,
  parseFailed,
  parseGenerated,
  parsePair,
  type EvaluatedLine,
  type FailedLine,
  type GeneratedLine,
  type PairLine,
} from "./row-line.ts";

/** A row of a run, finished or failed, with the pairs that were made of it. */
export type RunRow =
  | { readonly kind: "evaluated"; readonly line: EvaluatedLine }
  | {
      readonly kind: "generated";
      readonly line: GeneratedLine;
      /** Its lines of `dpo.jsonl`; null where the run has no such file. */
      readonly pairs: readonly PairLine[] | null;
    }
  | { readonly kind: "failed"; readonly line: FailedLine };

/** The row that a line is about, before its shape is checked. */
export type LineAddress = { readonly row: number; readonly id: string };

/**
 * The rows of a run directory in the order of its input. Lines of another shape are left out.
 *
 * @param isWanted Which rows to read; all of them where not given. The others cost little.
 */
export async function* readRunRows(
  directory: string,
  isWanted: (address: LineAddress) => boolean = () => true,
): AsyncGenerator<RunRow, void, undefined> {
  const failed = createCursor(join(directory, "failed.jsonl"), parseFailed, ({ row }) => row);
  const pairsFile = join(directory, "dpo.jsonl");
  const pairs = existsSync(pairsFile)
    ? createCursor(pairsFile, parsePair, ({ source }) => source.row)
    : null;
  for await (const value of valuesOf(join(directory, "rows.jsonl"))) {
    if (!isWanted(value as LineAddress)) continue;
    const row = toRunRow(value);
    if (row === null) continue;
    const { line } = row;
    for (const failure of await failed.before(line.row)) {
      if (isWanted(failure)) yield { kind: "failed", line: failure };
    }
    if (row.kind !== "generated") yield row;
    else yield { ...row, pairs: pairs === null ? null : await pairs.of(line.row) };
  }
  for (const line of await failed.before(Infinity)) {
    if (isWanted(line)) yield { kind: "failed", line };
  }
}

/** A line of `rows.jsonl` without the pairs that were made of it; null for one of another shape. */
export function toRunRow(value: unknown): RunRow | null {
  // An evaluation has no responses; finding out by a failed parse takes as long as the right one.
  const isGenerated = typeof value === "object" && value !== null && "responses" in value;
  const generated = isGenerated ? parseGenerated(value) : undefined;
  if (generated !== undefined) return { kind: "generated", line: generated, pairs: null };
  const evaluated = parseEvaluated(value);
  return evaluated === undefined ? null : { kind: "evaluated", line: evaluated };
}

/** The values of a JSONL file; none where it isn't there. */
async function* valuesOf(path: string): AsyncGenerator<unknown, void, undefined> {
  if (!existsSync(path)) return;
  // The run's own lines may be longer than any that is taken from others.
  for await (const record of readRecords(path, { maxRowBytes: Number.MAX_SAFE_INTEGER })) {
    if ("value" in record) yield record.value;
  }
}

/** Reads a file whose lines are in the order of the rows, beside another file. */
function createCursor<Line>(
  path: string,
  parse: (value: unknown) => Line | undefined,
  rowOf: (line: Line) => number,
) {
  const values = valuesOf(path);
  let next: Line | null = null;
  async function peek(): Promise<Line | null> {
    while (next === null) {
      const { value, done } = await values.next();
      if (done === true) return null;
      next = parse(value) ?? null;
    }
    return next;
  }
  async function takeWhile(isTaken: (row: number) => boolean): Promise<Line[]> {
    const taken: Line[] = [];
    for (let line = await peek(); line !== null && isTaken(rowOf(line)); line = await peek()) {
      taken.push(line);
      next = null;
    }
    return taken;
  }
  return {
    /** The lines of rows before this one that were not taken yet. */
    before: (row: number) => takeWhile((own) => own < row),
    /** The lines of this row; those of earlier rows are passed over. */
    async of(row: number): Promise<Line[]> {
      await takeWhile((own) => own < row);
      return takeWhile((own) => own === row);
    },
  };
}
