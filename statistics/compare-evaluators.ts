import { atOnce, type Steps } from "../state/in-slices.ts";
import type { Winner } from "../state/verdict.ts";
import { accuracyOfCounts } from "./agreement/accuracy.ts";
import type { UndefinedReason } from "./agreement/agreement-figure.ts";
import { kappaOfCounts } from "./agreement/cohen-kappa.ts";
import { around, definedValue } from "./agreement/summed-statistic.ts";
import {
  everyLabelAndWinner,
  labelAndWinnerCell,
  labelAndWinnerCells,
  labelAndWinnerSize,
} from "./agreement/label-and-winner.ts";
import { drawWeightings, type BootstrapOptions, type NoInterval } from "./estimates/bootstrap.ts";
import {
  sumRows,
  type Cluster,
  type Observations,
  type RowTerms,
} from "./estimates/observations.ts";
import type { Preference } from "./estimates/preference.ts";

/** One row with the people's verdict and those of two evaluators. */
export type PairedVerdict = {
  label: Preference;
  first: Winner;
  second: Winner;
  /** Rows of one prompt are no independent evidence; a row without a prompt is one of its own. */
  prompt?: Cluster | undefined;
};

/** The first evaluator's figure less the second's, on the same rows. */
export type Difference =
  | {
      difference: number;
      /** 95 % bootstrap interval of the difference. */
      low: number;
      high: number;
      /** Two-sided, from 0 to 1. */
      pValue: number;
      /**
       * The evaluator that is better beyond noise: `pValue` below 0.05, and so 0 outside the
       * interval.
       */
      better: "first" | "second" | "neither";
    }
  | { difference: number; low: null; high: null; reason: NoInterval }
  | { difference: null; reason: UndefinedReason };

export type EvaluatorComparison = {
  /** Labelled rows that both evaluators finished; only these are compared. */
  n: number;
  /** Different prompts among them. */
  prompts: number;
  /** Rows without a verdict of the first, and of the second: each is a disagreement. */
  unreadable: { first: number; second: number };
  kappa: Difference;
  accuracy: Difference;
};

/**
 * Whether one evaluator agrees with people better than another: the paired bootstrap. Prompts are
 * weighted anew, each with the verdicts of both on all its rows, so that what makes a row hard for
 * both does not blur the difference. A row without a verdict is a disagreement with the people:
 * an evaluator that answers only where it is sure is not better for it.
 *
 * `pValue` is twice the smaller share of weightings with a difference at or beyond 0, as wide of
 * the mark as the interval (`bootstrapInterval`). It is no allowance for many comparisons: the best
 * of twenty evaluators is ahead by luck more easily.
 *
 * Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, sections 13.3 and 15.4.
 */
export function compareEvaluators(
  rows: readonly PairedVerdict[],
  options: Partial<BootstrapOptions> = {},
): EvaluatorComparison {
  return atOnce(compareEvaluatorsSteps(rows, options));
}

/** The same in steps. */
export function* compareEvaluatorsSteps(
  rows: readonly PairedVerdict[],
  options: Partial<BootstrapOptions> = {},
): Steps<EvaluatorComparison> {
  return {
    n: rows.length,
    prompts: new Set(clustersOf(rows)).size,
    unreadable: {
      first: rows.filter((row) => row.first === "none").length,
      second: rows.filter((row) => row.second === "none").length,
    },
    kappa: yield* kappaDifferenceSteps(rows, options),
    accuracy: yield* differenceSteps(rows, accuracyOfCounts, options),
  };
}

/** `kappa` of `compareEvaluators`, in steps. */
export function kappaDifferenceSteps(
  rows: readonly PairedVerdict[],
  options: Partial<BootstrapOptions> = {},
): Steps<Difference> {
  return differenceSteps(rows, kappaOfCounts, options);
}

function clustersOf(rows: readonly PairedVerdict[]): Cluster[] {
  return rows.map(({ prompt }, row) => prompt ?? `row ${row}`);
}

function* differenceSteps(
  rows: readonly PairedVerdict[],
  figure: typeof kappaOfCounts | typeof accuracyOfCounts,
  { seed = "comparison", resamples = 1000 }: Partial<BootstrapOptions>,
): Steps<Difference> {
  const valueOf = (sums: Float64Array) => {
    const first = figure(sums.subarray(0, labelAndWinnerCells), labelAndWinnerSize);
    const second = figure(sums.subarray(labelAndWinnerCells), labelAndWinnerSize);
    if (typeof first === "string") return first;
    return typeof second === "string" ? second : first - second;
  };
  const observations = pairedObservations(rows, clustersOf(rows));
  yield;
  const difference = valueOf(sumRows(observations));
  if (typeof difference === "string") return { difference: null, reason: difference };
  if (difference < 0) {
    // Always the better less the worse, so that the same draws give both directions.
    const others = rows.map((row) => ({ ...row, first: row.second, second: row.first }));
    return mirrored(yield* differenceSteps(others, figure, { seed, resamples }));
  }
  const weightings = yield* drawWeightings(observations, { seed, resamples });
  const drawn = weightings.intervalOf(definedValue(valueOf));
  if (typeof drawn === "string") return { difference, low: null, high: null, reason: drawn };
  const { pValue } = drawn;
  const better = pValue < 0.05 ? "first" : "neither";
  return { difference, ...around(difference, drawn), pValue, better };
}

function pairedObservations(
  rows: readonly PairedVerdict[],
  clusters: readonly Cluster[],
): Observations {
  // Alike rows share their terms.
  const known = new Map<number, RowTerms>();
  const termsOf = (label: Preference, first: Winner, second: Winner) => {
    const cells = [
      labelAndWinnerCell(label, first),
      labelAndWinnerCells + labelAndWinnerCell(label, second),
    ] as const;
    const key = cells[0] * 2 * labelAndWinnerCells + cells[1];
    const terms = known.get(key) ?? cells.map((cell) => [cell, 1] as const);
    known.set(key, terms);
    return terms;
  };
  const canBeNone = rows.some(({ first, second }) => first === "none" || second === "none");
  const possible = everyLabelAndWinner(canBeNone);
  return {
    rows: rows.map(({ label, first, second }) => termsOf(label, first, second)),
    width: 2 * labelAndWinnerCells,
    prior: possible.flatMap(([label, first]) =>
      possible
        .filter(([other]) => other === label)
        .map(([, second]) => termsOf(label, first, second)),
    ),
    clusters,
  };
}

function mirrored(result: Difference): Difference {
  if (result.difference === null) return result;
  const difference = -result.difference;
  if (result.low === null) return { ...result, difference };
  const better = result.better === "first" ? "second" : "neither";
  return { ...result, difference, low: -result.high, high: -result.low, better };
}
