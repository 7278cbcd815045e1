import type { AgreementFigure, AgreementOptions } from "./agreement-figure.ts";
import { contingencyOf, tableMargins } from "./contingency.ts";
import type { Label } from "./label-codes.ts";
import { measureFigure } from "./summed-statistic.ts";

/**
 * The share of rows to which both raters give the same label, from 0 to 1; without rows `no_rows`.
 */
export function accuracy(
  first: readonly Label[],
  second: readonly Label[],
  { categories, interval }: AgreementOptions = {},
): AgreementFigure {
  const { n, terms, categories: all } = contingencyOf(first, second, categories);
  const valueOf = (counts: Float64Array) => accuracyOfCounts(counts, all.length);
  return measureFigure({ terms, valueOf }, { n, interval });
}

/** Accuracy from a square table of counts, `size` categories to a side. */
export function accuracyOfCounts(counts: Float64Array, size: number): number | "no_rows" {
  const { diagonal, total } = tableMargins(counts, size);
  return total === 0 ? "no_rows" : diagonal / total;
}
