import {
  noEstimate,
  normalQuantile975,
  type Estimate,
  type NoEstimate,
} from "../estimates/interval.ts";
import {
  fitLogisticRegression,
  logistic,
  type NoLogisticFit,
} from "../estimates/logistic-regression.ts";
import { studentQuantile975 } from "../estimates/normal-distribution.ts";
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
export function winRateAtEqualLength(rows: readonly MeasuredVerdict[]): WinRateAtEqualLength {
  const judged = rows.filter((row) => row.winner !== "none");
  const n = judged.length;
  const none = rows.length - n;
  const wins = judged.map((row) => (row.winner === "tie" ? 0.5 : row.winner === "a" ? 1 : 0));
  const uncontrolled = n === 0 ? null : wins.reduce<number>((sum, win) => sum + win, 0) / n;
  if (n < minRows) return { a: noEstimate("too_few_rows"), uncontrolled, n, none };
  const differences = judged.map(({ lengths }) => lengths.a - lengths.b);
  const deviation = standardDeviation(differences);
  if (deviation === 0) return { a: noEstimate("no_variation"), uncontrolled, n, none };
  const fit = fitLogisticRegression(
    differences.map((difference, row) => ({
      x: Math.tanh(difference / deviation),
      win: wins[row]!,
      cluster: judged[row]!.cluster,
    })),
  );
  if (typeof fit === "string") return { a: noEstimate(fit), uncontrolled, n, none };
  const clusters = new Set(judged.map(({ cluster }, row) => cluster ?? Symbol(row))).size;
  const quantile =
    clusters === n ? normalQuantile975 : studentQuantile975(Math.max(3, clusters - 1));
  const halfWidth = quantile * fit.interceptStandardError;
  const a = {
    value: logistic(fit.intercept),
    low: logistic(fit.intercept - halfWidth),
    high: logistic(fit.intercept + halfWidth),
  };
  return { a, uncontrolled, n, none };
}

/** Of a sample (divided by n - 1), around its mean. */
function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
