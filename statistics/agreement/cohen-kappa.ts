import { FellowshipError } from "../../state/fellowship-error.ts";
import type { AgreementFigure, AgreementOptions } from "./agreement-figure.ts";
import { contingencyOf, tableMargins } from "./contingency.ts";
import type { Label } from "./label-codes.ts";
import { measureFigure } from "./summed-statistic.ts";

/**
 * How much two different labels disagree: `none` always fully (nominal labels); `linear` and
 * `quadratic` by the distance, or squared distance, of their places among the categories (ordinal
 * labels).
 */
export type KappaWeights = "none" | "linear" | "quadratic";

/**
 * Cohen's kappa of two raters over the same rows: agreement beyond what their own shares of the
 * labels would give. From -1 to 1. Undefined as `one_class` where both gave every row one and the
 * same label; where only one of the two did, it is 0 whatever the other says.
 *
 * Weights need an order: numbers have their own, texts need `categories` (else it throws
 * `bad_usage`).
 *
 * Source: Cohen, "A Coefficient of Agreement for Nominal Scales", 1960; with weights Cohen,
 * "Weighted Kappa", 1968.
 */
export function cohenKappa(
  first: readonly Label[],
  second: readonly Label[],
  options: AgreementOptions & { weights?: KappaWeights | undefined } = {},
): AgreementFigure {
  const { weights = "none", interval } = options;
  const { n, observations, categories } = contingencyOf(first, second, options);
  const ordered =
    options.categories !== undefined || categories.every((label) => typeof label === "number");
  if (weights !== "none" && !ordered) {
    throw new FellowshipError(
      "bad_usage",
      `Expected \`categories\` in their order for a kappa with ${weights} weights, got ` +
        "none. Name them from lowest to highest.",
      { facts: { weights, found: categories } },
    );
  }
  const size = categories.length;
  const valueOf = (counts: Float64Array) => kappaOfCounts(counts, size, weights);
  return measureFigure({ observations, valueOf }, { n, interval });
}

/** Cohen's kappa from a square table of counts (whole or not), `size` categories to a side. */
export function kappaOfCounts(
  counts: Float64Array,
  size: number,
  weights: KappaWeights = "none",
): number | "no_rows" | "one_class" {
  const { rowSums, columnSums, total } = tableMargins(counts, size);
  if (total === 0) return "no_rows";
  let observed = 0;
  let expected = 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const weight = disagreement(row, column, weights);
      observed += weight * counts[row * size + column]!;
      expected += weight * rowSums[row]! * columnSums[column]!;
    }
  }
  return expected === 0 ? "one_class" : 1 - (total * observed) / expected;
}

function disagreement(row: number, column: number, weights: KappaWeights): number {
  if (weights === "none") return row === column ? 0 : 1;
  const distance = Math.abs(row - column);
  return weights === "linear" ? distance : distance ** 2;
}
