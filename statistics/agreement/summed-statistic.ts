import { bootstrapInterval, type BootstrapOptions } from "../estimates/bootstrap.ts";
import type { AgreementFigure, UndefinedReason } from "./agreement-figure.ts";

/** What one row adds to the sums: amounts to cells. */
export type RowTerms = readonly (readonly [cell: number, amount: number])[];

/**
 * What every row adds to the sums, laid flat: row r owns the places `starts[r]` up to `starts[r +
 * 1]` of `cells` and `amounts`.
 */
export type TermTable = {
  rowCount: number;
  /** The number of cells. */
  width: number;
  starts: Int32Array;
  cells: Int32Array;
  amounts: Float64Array;
};

/**
 * A statistic that depends on the rows only through sums over them. Every measure of agreement is
 * one, and so its bootstrap costs a handful of additions a row instead of a pass over labels.
 */
export type SummedStatistic = {
  terms: TermTable;
  /** The statistic of the sums, or the word for why it has none. */
  valueOf: (sums: Float64Array) => number | UndefinedReason;
};

export function createTermTable(rows: readonly RowTerms[], width: number): TermTable {
  const starts = new Int32Array(rows.length + 1);
  rows.forEach((terms, row) => (starts[row + 1] = starts[row]! + terms.length));
  const flat = rows.flat();
  return {
    rowCount: rows.length,
    width,
    starts,
    cells: Int32Array.from(flat, ([cell]) => cell),
    amounts: Float64Array.from(flat, ([, amount]) => amount),
  };
}

/**
 * Sums the terms of the rows in `indices` (a row as often as it stands there) into `sums`, which
 * it clears first.
 */
export function sumTerms(table: TermTable, indices: ArrayLike<number>, sums: Float64Array): void {
  const { starts, cells, amounts } = table;
  sums.fill(0);
  for (let place = 0; place < indices.length; place++) {
    const row = indices[place]!;
    const end = starts[row + 1]!;
    for (let term = starts[row]!; term < end; term++) sums[cells[term]!]! += amounts[term]!;
  }
}

/** The statistic over all rows, with a bootstrap interval over rows where one is asked for. */
export function measureFigure(
  { terms, valueOf }: SummedStatistic,
  { n, interval }: { n: number; interval?: BootstrapOptions | undefined },
): AgreementFigure {
  const sums = new Float64Array(terms.width);
  sumTerms(
    terms,
    Int32Array.from({ length: terms.rowCount }, (_, row) => row),
    sums,
  );
  const value = valueOf(sums);
  if (typeof value === "string") return { value: null, n, reason: value };
  if (interval === undefined) return { value, n };
  const statistic = (indices: Int32Array) => {
    sumTerms(terms, indices, sums);
    const resampled = valueOf(sums);
    return typeof resampled === "string" ? null : resampled;
  };
  return { value, n, interval: bootstrapInterval(terms.rowCount, statistic, interval) };
}
