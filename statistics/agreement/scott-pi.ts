import type { AgreementFigure, AgreementOptions } from "./agreement-figure.ts";
import { contingencyOf, tableMargins } from "./contingency.ts";
import type { Label } from "./label-codes.ts";
import { measureFigure } from "./summed-statistic.ts";

/**
 * Scott's pi of two raters over the same rows: like Cohen's kappa, but with chance taken from the
 * two raters' labels together. Undefined as `one_class` where both gave every row one and the same
 * label.
 *
 * Source: Scott, "Reliability of Content Analysis: The Case of Nominal Scale Coding", 1955; worked
 * through in Artstein and Poesio, "Inter-Coder Agreement for Computational Linguistics", 2008,
 * section 2.4.
 */
export function scottPi(
  first: readonly Label[],
  second: readonly Label[],
  { interval, ...options }: AgreementOptions = {},
): AgreementFigure {
  const { n, observations, categories: all } = contingencyOf(first, second, options);
  const valueOf = (counts: Float64Array) => piOfCounts(counts, all.length);
  return measureFigure({ observations, valueOf }, { n, interval });
}

/** Scott's pi from a square table of counts, `size` categories to a side. */
export function piOfCounts(counts: Float64Array, size: number): number | "no_rows" | "one_class" {
  const { rowSums, columnSums, diagonal, total } = tableMargins(counts, size);
  if (total === 0) return "no_rows";
  let squares = 0;
  for (let label = 0; label < size; label++) squares += (rowSums[label]! + columnSums[label]!) ** 2;
  // Both agreements times 4 n squared: whole numbers, so that the test for one class is exact.
  const all = 4 * total ** 2;
  return squares === all ? "one_class" : (4 * total * diagonal - squares) / (all - squares);
}
