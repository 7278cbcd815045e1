import { atOnce, type Steps } from "../../state/in-slices.ts";
import {
  noEstimate,
  normalQuantile975,
  type Estimate,
  type NoEstimate,
} from "../estimates/interval.ts";
import {
  fitLogisticColumns,
  logistic,
  type NoLogisticFit,
} from "../estimates/logistic-regression.ts";
import { studentQuantile975 } from "../estimates/normal-distribution.ts";
import { createClusterNumbers } from "../estimates/cluster-numbers.ts";
import { createNumberColumn } from "../estimates/number-column.ts";
import type { MeasuredVerdict } from "./length-bias.ts";

/** `too_few_rows`: fewer than `minRows` decided or tied rows; the others as in `NoLogisticFit`. */
type NoLengthControl = "too_few_rows" | NoLogisticFit;

export type WinRateAtEqualLength = {
  /** The win rate of `a` if both responses were of one length. */
  a: Estimate | NoEstimate<NoLengthControl>;
  /**
   * The win rate of `a` as it is, a tie as half a win; null without rows. What to compare `a`
   * with.
   */
  uncontrolled: number | null;
  /** Rows in the model: decided or tied. */
  n: number;
  /** Rows without a verdict, left out. */
  none: number;
};

/** Ten rows for each of the model's two parameters. */
const minRows = 20;

/**
 * The win rate of `a` with the effect of length taken out: a logistic model of the winner on an
 * intercept and the length difference, read where the difference is 0. The 95 % interval is that
 * of the intercept (from the fit's covariance, the delta method on the scale of log odds, where it
 * needs no derivative), carried over to rates, so that it stays in [0, 1]. Rows of one prompt are
 * not independent, and make it wider; with few prompts its quantile is Student's.
 *
 * Source: Dubois et al., "Length-Controlled AlpacaEval" (arXiv 2404.04475), section 3. Taken over:
 * the length term, tanh of the difference over its standard deviation, the reading at difference
 * 0, and a tie as half a win. Left out: the term for the instruction's difficulty (its weights
 * come from a fit over a whole leaderboard), the penalty with cross-validation and the two
 * artificial baselines that keep the length term from being gamed. So figures are not those of
 * that leaderboard. A win rate elsewhere in this project counts a tie as a win of neither.
 */
export function winRateAtEqualLength(
  rows: Iterable<Omit<MeasuredVerdict, "count">>,
): WinRateAtEqualLength {
  return atOnce(winRateAtEqualLengthSteps(rows));
}

/** The same in steps. */
export function* winRateAtEqualLengthSteps(
  rows: Iterable<Omit<MeasuredVerdict, "count">>,
): Steps<WinRateAtEqualLength> {
  const { none, wins, differences, clusters } = yield* judgedRows(rows);
  yield;
  const n = wins.length;
  const uncontrolled = n === 0 ? null : wins.reduce((sum, win) => sum + win, 0) / n;
  if (n < minRows) return { a: noEstimate("too_few_rows"), uncontrolled, n, none };
  const deviation = standardDeviation(differences);
  if (deviation === 0) return { a: noEstimate("no_variation"), uncontrolled, n, none };
  const x = differences.map((difference) => Math.tanh(difference / deviation));
  yield;
  const fit = yield* fitLogisticColumns({ x, win: wins, clusters: clusters.ofRows });
  if (typeof fit === "string") return { a: noEstimate(fit), uncontrolled, n, none };
  const quantile =
    clusters.number === n
      ? normalQuantile975
      : studentQuantile975(Math.max(3, clusters.number - 1));
  const halfWidth = quantile * fit.interceptStandardError;
  const a = {
    value: logistic(fit.intercept),
    low: logistic(fit.intercept - halfWidth),
    high: logistic(fit.intercept + halfWidth),
  };
  return { a, uncontrolled, n, none };
}

/** Rows looked at between two pauses: some milliseconds of work. */
const rowsAStep = 20_000;

/** The decided and tied rows in columns, which take a tenth of the memory of objects. */
function* judgedRows(rows: Iterable<Omit<MeasuredVerdict, "count">>) {
  const wins = createNumberColumn();
  const differences = createNumberColumn();
  const ofRows = createNumberColumn();
  const numbering = createClusterNumbers();
  let [none, looked] = [0, 0];
  for (const { winner, lengths, cluster } of rows) {
    looked += 1;
    if (looked % rowsAStep === 0) yield;
    if (winner === "none") {
      none += 1;
      continue;
    }
    wins.push(winner === "tie" ? 0.5 : winner === "a" ? 1 : 0);
    differences.push(lengths.a - lengths.b);
    ofRows.push(numbering.numberOf(cluster));
  }
  return {
    none,
    wins: wins.values(),
    differences: differences.values(),
    clusters: { ofRows: ofRows.values(), number: numbering.size() },
  };
}

/** Of a sample (divided by n - 1), around its mean. */
function standardDeviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
