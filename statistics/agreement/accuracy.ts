import { createTrialCounts } from "../estimates/clustered-share.ts";
import { sumRows } from "../estimates/observations.ts";
import type { AgreementFigure, AgreementOptions } from "./agreement-figure.ts";
import { contingencyOf, tableMargins } from "./contingency.ts";
import type { Label } from "./label-codes.ts";

/**
 * The share of rows to which both raters give the same label, from 0 to 1; without rows `no_rows`.
 * Its interval is Wilson's, over the effective number of rows (`clusteredShare`).
 */
export function accuracy(
  first: readonly Label[],
  second: readonly Label[],
  { interval, ...options }: AgreementOptions = {},
): AgreementFigure {
  const { n, observations, categories } = contingencyOf(first, second, options);
  const value = accuracyOfCounts(sumRows(observations), categories.length);
  if (typeof value === "string") return { value: null, n, reason: value };
  if (interval === undefined) return { value, n };
  const trials = createTrialCounts();
  for (const [row, label] of first.entries()) {
    const [cluster, count] = [options.clusters?.[row], options.counts?.[row]];
    trials.add({ success: label === second[row], cluster, count });
  }
  return { value, n, interval: trials.share() ?? "no_resamples" };
}

/** Accuracy from a square table of counts, `size` categories to a side. */
export function accuracyOfCounts(counts: Float64Array, size: number): number | "no_rows" {
  const { diagonal, total } = tableMargins(counts, size);
  return total === 0 ? "no_rows" : diagonal / total;
}
