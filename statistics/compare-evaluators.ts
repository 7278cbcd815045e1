import type { Winner } from "../state/verdict.ts";
import { accuracyOfCounts } from "./agreement/accuracy.ts";
import type { UndefinedReason } from "./agreement/agreement-figure.ts";
import { kappaOfCounts } from "./agreement/cohen-kappa.ts";
import {
  createTermTable,
  measureFigure,
  sumTerms,
  type SummedStatistic,
} from "./agreement/summed-statistic.ts";
import { bootstrapDistribution, quantile, type BootstrapOptions } from "./estimates/bootstrap.ts";
import { preferences, type Preference } from "./estimates/preference.ts";

/** One row with the people's verdict and those of two evaluators. */
export type PairedVerdict = { label: Preference; first: Winner; second: Winner };

/** The first evaluator's figure less the second's, on the same rows. */
type Difference =
  | {
      difference: number;
      /** 95 % percentile bootstrap interval of the difference. */
      low: number;
      high: number;
      /** Two-sided, from 0 to 1; never below 2 / (resamples + 1). */
      pValue: number;
      /**
       * The evaluator that is better beyond noise: `pValue` below 0.05, and so 0 outside the
       * interval.
       */
      better: "first" | "second" | "neither";
      /** Resamples without a difference, left out (a kappa was not defined). */
      undefinedResamples: number;
    }
  | { difference: null; reason: UndefinedReason };

export type EvaluatorComparison = {
  /** Rows to which both evaluators gave a verdict; only these are compared. */
  n: number;
  /** Rows without a verdict of the first, and of the second. */
  unreadable: { first: number; second: number };
  kappa: Difference;
  accuracy: Difference;
};

const size = preferences.length;
const cellsOfOne = size * size;

/**
 * Whether one evaluator agrees with people better than another: the paired bootstrap. Rows are
 * drawn with replacement, each with the verdicts of both, so that what makes a row hard for both
 * does not blur the difference.
 *
 * `pValue` is twice the smaller share of resamples with a difference at or beyond 0, with 1 added
 * to count and number of resamples. It is no allowance for many comparisons: the best of twenty
 * evaluators is ahead by luck more easily.
 *
 * Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, sections 13.3 and 15.4;
 * Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 4.2.5 for the
 * added 1.
 */
export function compareEvaluators(
  rows: readonly PairedVerdict[],
  { seed = "comparison", resamples = 1000 }: Partial<BootstrapOptions> = {},
): EvaluatorComparison {
  const terms = rows.flatMap(({ label, first, second }) =>
    first === "none" || second === "none"
      ? []
      : [
          [
            [cellOf(label, first), 1],
            [cellsOfOne + cellOf(label, second), 1],
          ] as const,
        ],
  );
  const table = createTermTable(terms, 2 * cellsOfOne);
  const compare = (figure: typeof kappaOfCounts | typeof accuracyOfCounts) => {
    const valueOf = (sums: Float64Array) => {
      const first = figure(sums.subarray(0, cellsOfOne), size);
      const second = figure(sums.subarray(cellsOfOne), size);
      if (typeof first === "string") return first;
      return typeof second === "string" ? second : first - second;
    };
    return differenceOf({ terms: table, valueOf }, { seed, resamples });
  };
  return {
    n: terms.length,
    unreadable: {
      first: rows.filter((row) => row.first === "none").length,
      second: rows.filter((row) => row.second === "none").length,
    },
    kappa: compare(kappaOfCounts),
    accuracy: compare(accuracyOfCounts),
  };
}

function cellOf(label: Preference, winner: Preference): number {
  return preferences.indexOf(label) * size + preferences.indexOf(winner);
}

function differenceOf({ terms, valueOf }: SummedStatistic, options: BootstrapOptions): Difference {
  const figure = measureFigure({ terms, valueOf }, { n: terms.rowCount });
  if (figure.value === null) return { difference: null, reason: figure.reason };
  const sums = new Float64Array(terms.width);
  const statistic = (indices: Int32Array) => {
    sumTerms(terms, indices, sums);
    const value = valueOf(sums);
    return typeof value === "string" ? null : value;
  };
  const distribution = bootstrapDistribution(terms.rowCount, statistic, options);
  const { values, undefinedResamples } = distribution;
  if (values.length === 0) return { difference: null, reason: "no_resamples" };
  const notAbove = values.filter((value) => value <= 0).length;
  const notBelow = values.filter((value) => value >= 0).length;
  const pValue = Math.min(1, (2 * (1 + Math.min(notAbove, notBelow))) / (values.length + 1));
  const ahead = notAbove < notBelow ? "first" : "second";
  return {
    difference: figure.value,
    low: quantile(values, 0.025),
    high: quantile(values, 0.975),
    pValue,
    better: pValue < 0.05 ? ahead : "neither",
    undefinedResamples,
  };
}
