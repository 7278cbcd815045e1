import type { Steps } from "../../state/in-slices.ts";
import type { AgreementFigure, AgreementOptions } from "./agreement-figure.ts";
import { kappaOfCounts } from "./cohen-kappa.ts";
import { contingencyOf, tableMargins } from "./contingency.ts";
import type { Label } from "./label-codes.ts";
import { piOfCounts } from "./scott-pi.ts";
import { figuresSteps } from "./summed-statistic.ts";

/** How two raters agree over the same rows, beyond chance. */
export type AgreementOfTwo = {
  /** Cohen's kappa, unweighted. */
  readonly kappa: AgreementFigure;
  /** Scott's pi. */
  readonly pi: AgreementFigure;
  /** Gwet's AC1. */
  readonly ac1: AgreementFigure;
  /** Krippendorff's alpha, nominal. */
  readonly alpha: AgreementFigure;
};

/**
 * What `cohenKappa`, `scottPi`, `gwetAc1` and `krippendorffAlpha` say of two raters who both label
 * every row. All four depend on the same table of counts, so their intervals rest on the same
 * weightings of the rows, which are drawn once.
 */
export function* agreementOfTwo(
  first: readonly Label[],
  second: readonly Label[],
  { interval, ...options }: AgreementOptions = {},
): Steps<AgreementOfTwo> {
  const { n, observations, categories } = contingencyOf(first, second, options);
  const size = categories.length;
  return yield* figuresSteps(
    observations,
    {
      kappa: (counts) => kappaOfCounts(counts, size),
      pi: (counts) => piOfCounts(counts, size),
      ac1: (counts) => ac1OfCounts(counts, size),
      alpha: (counts) => alphaOfCounts(counts, size),
    },
    { n, interval },
  );
}

/** Chance is that of labels drawn from the mean of both raters' shares, over `size` labels. */
function ac1OfCounts(counts: Float64Array, size: number): number | "no_rows" | "one_class" {
  const { rowSums, columnSums, diagonal, total } = tableMargins(counts, size);
  if (total === 0) return "no_rows";
  if (size < 2) return "one_class";
  let spread = 0;
  for (let label = 0; label < size; label++) {
    const share = (rowSums[label]! + columnSums[label]!) / (2 * total);
    spread += share * (1 - share);
  }
  const expected = spread / (size - 1);
  return (diagonal / total - expected) / (1 - expected);
}

/** Pi, but chance draws its second label from those that the first one left. */
function alphaOfCounts(counts: Float64Array, size: number): number | "no_rows" | "one_class" {
  const pi = piOfCounts(counts, size);
  if (typeof pi === "string") return pi;
  const total = counts.reduce((sum, count) => sum + count, 0);
  return pi + (1 - pi) / (2 * total);
}
