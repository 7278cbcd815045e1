import type { PriceOf } from "../../models/cost/prices.ts";
import type { RunRow } from "../read/read-lines.ts";
import { evaluationSheet } from "./evaluation-sheet.ts";
import { generationSheet } from "./generation-sheet.ts";
import type { RowSheet } from "./row-sheet.ts";

/** A row of any kind of run as a sheet. */
export function sheetOf(row: RunRow, priceOf: PriceOf): RowSheet {
  if (row.kind === "evaluated") return evaluationSheet(row.line, priceOf);
  if (row.kind === "generated") return generationSheet(row.line, row.pairs, priceOf);
  const { id, row: number, reason, detail } = row.line;
  return {
    row: number,
    id,
    outcome: `failed: ${reason.replaceAll("_", " ")}`,
    prompt: [],
    fields: [],
    steps: [],
    pairs: [],
    reasons: [`The row failed (${reason}): ${detail}`],
    calls: [],
  };
}
