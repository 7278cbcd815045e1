import { readRunPlan } from "../directory/run-plan.ts";
import { findRows, type FoundRow } from "./find-rows.ts";
import { pricesAt } from "../report/prices-of-run.ts";
import { numberAt } from "../../report-page/read/summary-values.ts";
import { rowEntry } from "../../report-page/rows/row-entry.ts";
import type { RowEntry } from "../../report-page/rows/row-sheet.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { parseRowConditions } from "./row-conditions.ts";

/** Which rows; those that meet all that is given. */
export type RowQuery = {
  /** From 1. */
  readonly row?: number | undefined;
  readonly id?: string | undefined;
  /** Conditions parted by commas. */
  readonly where?: string | undefined;
  /** A price table in place of the package's. */
  readonly prices?: string | undefined;
};

export type LookedUpRow = FoundRow & { readonly entry: RowEntry };

/**
 * Looks rows of a run up, in the order of its input.
 *
 * @throws FellowshipError `bad_usage` where the directory holds no run, or no row of that number or
 *   id; conditions may be met by none
 */
export async function lookUpRows(
  directory: string,
  { row: number, id, where, prices }: RowQuery,
): Promise<LookedUpRow[]> {
  const meets = where === undefined ? () => true : parseRowConditions(where);
  const priceOf = await pricesAt(directory, prices);
  const scale = await scaleOf(directory);
  const found: LookedUpRow[] = [];
  let seen = 0;
  const isWanted = (address: { readonly row: number; readonly id: string }) => {
    seen = Math.max(seen, address.row);
    return (
      (number === undefined || address.row === number) && (id === undefined || address.id === id)
    );
  };
  for await (const { row, sheet } of findRows(directory, { priceOf, isWanted })) {
    const entry = rowEntry(row, sheet, scale);
    if (meets({ row, entry })) found.push({ row, sheet, entry });
  }
  if (found.length > 0 || where !== undefined) return found;
  const asked = number === undefined ? `a row with the id "${id}"` : `row ${number}`;
  throw new FellowshipError(
    "bad_usage",
    `${directory}: expected ${asked}, found ` +
      `${seen === 0 ? "no finished row" : `rows up to ${seen}`}. ` +
      "A pending row is there when the run has come to it.",
    { facts: { directory, row: number, id } },
  );
}

/** The greatest score there is. */
async function scaleOf(directory: string): Promise<number> {
  const { topology } = (await readRunPlan(directory)) ?? {};
  return numberAt(topology, "scale") ?? numberAt(topology, "evaluator", "scale") ?? 10;
}
