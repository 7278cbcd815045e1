import { FellowshipError } from "../../state/fellowship-error.ts";
import { createLabelCodes, type Label } from "./label-codes.ts";
import {
  countRows,
  type Cluster,
  type Observations,
  type RowTerms,
} from "../estimates/observations.ts";

/** Two raters' labels of the same rows, ready to be counted into a square table. */
export type Contingency = {
  /** Number of rows. */
  n: number;
  categories: readonly Label[];
  /**
   * Summed, a table of counts: cell `i * categories.length + j` for the first rater's label i and
   * the second's j.
   */
  observations: Observations;
};

export type ContingencyOptions = {
  categories?: readonly Label[] | undefined;
  clusters?: readonly Cluster[] | undefined;
  /** As in `Observations`. */
  counts?: readonly number[] | undefined;
};

/**
 * Pairs the labels of two raters, row by row. Throws `bad_input` where the two have different
 * lengths.
 */
export function contingencyOf(
  first: readonly Label[],
  second: readonly Label[],
  { categories, clusters, counts }: ContingencyOptions = {},
): Contingency {
  if (first.length !== second.length) {
    throw new FellowshipError(
      "bad_input",
      `Expected both raters to label the same rows, got ${first.length} and ` +
        `${second.length} labels.`,
      { facts: { first: first.length, second: second.length } },
    );
  }
  const codes = createLabelCodes(categories ?? [...first, ...second], categories);
  const size = codes.categories.length;
  // A row is one of few cells, so that a million rows share their terms.
  const cells = Array.from({ length: size * size }, (_, cell): RowTerms => [[cell, 1]]);
  const rows = first.map(
    (label, row) => cells[codes.codeOf(label) * size + codes.codeOf(second[row]!)]!,
  );
  return {
    n: countRows({ rows, counts }),
    categories: codes.categories,
    observations: { rows, width: size * size, prior: cells, clusters, counts },
  };
}

/**
 * Row sums, column sums, the diagonal's sum and the sum of all of a square table with `size`
 * categories.
 */
export function tableMargins(counts: Float64Array, size: number) {
  const rowSums = new Float64Array(size);
  const columnSums = new Float64Array(size);
  let diagonal = 0;
  let total = 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const count = counts[row * size + column]!;
      rowSums[row]! += count;
      columnSums[column]! += count;
      total += count;
      if (row === column) diagonal += count;
    }
  }
  return { rowSums, columnSums, diagonal, total };
}
