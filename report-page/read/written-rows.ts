import type { LineWatch } from "../../datasets/export/output-set.ts";
import { toWellFormed } from "../../datasets/write/well-formed.ts";
import { asJson } from "../../state/as-json.ts";
import { toRunRow, type RunRow } from "./read-lines.ts";
import { parseFailed, parsePair, type PairLine } from "./row-line.ts";

/** The rows of a run whose files are being written. */
export type WrittenRows = {
  /** Takes the lines of the run's files. */
  readonly watch: LineWatch;
  /** Passes the last row on, after the last line. */
  readonly end: () => Promise<void>;
};

/**
 * Makes of the lines of a run's files, while they are written, the rows that `readRunRows` would
 * read from the finished ones.
 */
export function collectWrittenRows(add: (row: RunRow) => Promise<void>): WrittenRows {
  /** A row whose pairs may still come. */
  let waiting: Extract<RunRow, { kind: "generated" }> | null = null;
  /** Pairs of this row or the next one; null where the run writes none. */
  let pairs: PairLine[] | null = null;

  async function passOn(): Promise<void> {
    if (waiting === null) return;
    const row = waiting;
    waiting = null;
    const { row: number } = row.line;
    const own = pairs?.filter(({ source }) => source.row === number) ?? null;
    pairs = pairs?.filter(({ source }) => source.row > number) ?? null;
    await add({ ...row, pairs: own });
  }

  async function addRow(value: unknown): Promise<void> {
    await passOn();
    const row = toRunRow(asJson(value));
    if (row?.kind === "generated") waiting = row;
    else if (row !== null) await add(row);
  }

  async function addFailed(value: unknown): Promise<void> {
    await passOn();
    const line = parseFailed(asJson(value));
    if (line !== undefined) await add({ kind: "failed", line });
  }

  function addPair(value: unknown): undefined {
    const pair = parsePair(toWellFormed(asJson(value)).value);
    if (pair !== undefined) pairs?.push(pair);
  }

  return {
    watch(file) {
      if (file === "rows.jsonl") return addRow;
      if (file === "failed.jsonl") return addFailed;
      if (file !== "dpo.jsonl") return undefined;
      pairs = [];
      return addPair;
    },
    end: passOn,
  };
}
