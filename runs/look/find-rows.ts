import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PriceOf } from "../../models/cost/prices.ts";
import {
  readRunRows,
  toRunRow,
  type LineAddress,
  type RunRow,
} from "../../report-page/read/read-lines.ts";
import { talkStep } from "../../report-page/rows/generation-sheet.ts";
import { sheetCalls } from "../../report-page/rows/sheet-calls.ts";
import { sheetOf } from "../../report-page/rows/sheet-of.ts";
import type { RowSheet } from "../../report-page/rows/row-sheet.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { RowResult } from "../../state/row-result.ts";
import { hintOfRuns } from "./hint-of-runs.ts";
import { openRowJournalReader, type RowJournalReader } from "./row-journal-reader.ts";
import { rowLineOf, type AnyResult } from "./row-line-of.ts";

/** A row of a run, and all that is shown of it. */
export type FoundRow = { readonly row: RunRow; readonly sheet: RowSheet };

/**
 * Reads rows of a run in the order of its input: from its files where it has ended, else from its
 * journals, as far as it has come.
 *
 * @throws FellowshipError `bad_usage` where the directory holds no run
 */
export async function* findRows(
  directory: string,
  options: FindOptions,
): AsyncGenerator<FoundRow, void, undefined> {
  if (await hasEnded(directory)) yield* rowsInFiles(directory, options);
  else yield* rowsInJournal(directory, options);
}

async function* rowsInFiles(
  directory: string,
  { priceOf, isWanted }: FindOptions,
): AsyncGenerator<FoundRow, void, undefined> {
  let journal: RowJournalReader<AnyResult> | null = null;
  const hasJournal = existsSync(join(directory, "journal.rows"));
  try {
    for await (const row of readRunRows(directory, isWanted)) {
      const sheet = sheetOf(row, priceOf);
      if (row.kind !== "failed" || !hasJournal) yield { row, sheet };
      else {
        // The calls of a failed row are in no file but the journal.
        journal ??= await openRowJournalReader<AnyResult>(directory);
        const { value } = await journal.inOrder(sheet.row, sheet.row).next();
        yield {
          row,
          sheet: value === undefined ? sheet : failedSheet(sheet, value.result, priceOf),
        };
      }
    }
  } finally {
    await journal?.close();
  }
}

async function* rowsInJournal(
  directory: string,
  { priceOf, isWanted = () => true }: FindOptions,
): AsyncGenerator<FoundRow, void, undefined> {
  const journal = await openRowJournalReader<AnyResult>(directory);
  try {
    for await (const { row: number, result } of journal.inOrder(journal.lastRow)) {
      if (!isWanted({ row: number, id: result.id })) continue;
      const row = runRowOf(number, result);
      const sheet = sheetOf(row, priceOf);
      yield { row, sheet: row.kind === "failed" ? failedSheet(sheet, result, priceOf) : sheet };
    }
  } finally {
    await journal.close();
  }
}

function runRowOf(number: number, result: AnyResult): RunRow {
  const { id, failure } = result;
  const row = failure === undefined ? toRunRow(rowLineOf(number, result)) : null;
  if (row !== null) return row;
  const why = failure ?? { reason: "no_verdict", detail: "the evaluator left no verdict" };
  return { kind: "failed", line: { id, row: number, ...why } };
}

export type FindOptions = {
  readonly priceOf: PriceOf;
  /** Which rows; all of them where not given. The others are hardly read. */
  readonly isWanted?: ((address: LineAddress) => boolean) | undefined;
};

/** Whether the files of a run are those of all its rows; false while it goes on again. */
async function hasEnded(directory: string): Promise<boolean> {
  const has = (name: string) => existsSync(join(directory, name));
  if (has("rows.jsonl") && (has("run.json") || !has("journal.rows"))) return true;
  if (has("journal.rows")) return false;
  const hint = await hintOfRuns(directory);
  throw new FellowshipError(
    "bad_usage",
    `${directory}: expected the directory of a run, found ` +
      `${existsSync(directory) ? "neither rows.jsonl nor journal.rows in it" : "nothing there"}. ` +
      `${hint}`,
    { facts: { directory } },
  );
}

function failedSheet(sheet: RowSheet, { transcript }: RowResult, priceOf: PriceOf): RowSheet {
  const calls = sheetCalls(transcript, priceOf);
  return { ...sheet, calls, steps: calls.map(talkStep) };
}
