import { scaledMargin, type JurorCalibration } from "../../state/evaluation/jury-calibration.ts";
import type { Steps } from "../../state/in-slices.ts";
import { logistic } from "../estimates/logistic-regression.ts";
import type { JuryRows } from "./jury-rows.ts";

/**
 * The standard deviation about the target, in means of it. Half of it keeps jurors too much alike
 * on recorded judges without flips; twice as much loses a little where the flips say enough.
 */
const spreadInMeans = 1.5;

const rounds = 200;
const enough = 1e-9;

/**
 * Fits the weights of jurors to people's verdicts: a logistic model of the better side on the
 * scaled margins, without a constant so that both sides are alike, and without negative weights.
 * The given weights, times the one factor that fits best, are where each weight is drawn to. So a
 * few labels change little, and jurors who err together share the weight of one, which no weight by
 * single jurors sees.
 *
 * Ridge regression towards a target; coordinate-wise Newton steps (Hastie, Tibshirani and Friedman,
 * "The Elements of Statistical Learning", 2009, sections 3.4 and 18.4).
 *
 * @param known The labelled rows to fit to
 */
export function* fitJurorWeights(
  rows: JuryRows,
  known: Uint32Array,
  jurors: readonly JurorCalibration[],
): Steps<number[]> {
  const better = forTheBetter(rows, known, jurors);
  yield;
  const weights = jurors.map(({ weight }) => weight);
  const factor = yield* fitFactor(better, weights);
  const target = weights.map((weight) => factor * weight);
  const mean = target.reduce((sum, weight) => sum + weight, 0) / target.length;
  const spread = Math.max(0.1, spreadInMeans * mean);
  const fitted = [...target];
  for (let round = 0; round < rounds; round += 1) {
    let moved = 0;
    for (const at of fitted.keys()) {
      const { slope, curvature } = slopeAt(better, fitted, at);
      yield;
      const towards = ((target[at] ?? 0) - (fitted[at] ?? 0)) / spread ** 2;
      const step = (slope + towards) / (curvature + 1 / spread ** 2);
      const next = Math.max(0, (fitted[at] ?? 0) + within(spread, step));
      moved = Math.max(moved, Math.abs(next - (fitted[at] ?? 0)));
      fitted[at] = next;
    }
    if (moved < enough) break;
  }
  return fitted.some((weight) => weight > 0) ? fitted : weights;
}

/**
 * The scaled margins of the jurors, row by row, told of the side that people prefer; of known rows
 * in which they prefer one.
 */
function forTheBetter(
  { jurors: columns, verdict }: JuryRows,
  known: Uint32Array,
  jurors: readonly JurorCalibration[],
): Float64Array {
  const margins = new Float64Array(known.length * jurors.length);
  let next = 0;
  for (const row of known) {
    const { label } = verdict(row);
    if (label !== "a" && label !== "b") continue;
    const sign = label === "a" ? 1 : -1;
    for (const [at, { scale }] of jurors.entries()) {
      const margin = columns[at]!.margins[row]!;
      margins[next++] = Number.isNaN(margin) ? 0 : sign * scaledMargin(margin, scale);
    }
  }
  return margins.subarray(0, next);
}

/** The factor of all weights together that fits best, drawn a little to 1. */
function* fitFactor(margins: Float64Array, weights: readonly number[]): Steps<number> {
  const sums = new Float64Array(margins.length / weights.length);
  for (let row = 0; row < sums.length; row++) sums[row] = weightedSum(margins, weights, row);
  yield;
  let factor = 1;
  for (let round = 0; round < rounds; round += 1) {
    const { slope, curvature } = slopeAt(sums, [factor], 0);
    yield;
    const step = (slope + (1 - factor)) / (curvature + 1);
    const next = Math.max(0, factor + within(1, step));
    if (Math.abs(next - factor) < enough) break;
    factor = next;
  }
  return factor;
}

/** A step of Newton's method may be far too long where the likelihood is flat. */
function within(most: number, step: number): number {
  return Math.min(most, Math.max(-most, step));
}

/** The slope of the log likelihood in one of the weights, and how fast it falls. */
function slopeAt(
  margins: Float64Array,
  weights: readonly number[],
  at: number,
): { slope: number; curvature: number } {
  const rows = margins.length / weights.length;
  let [slope, curvature] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const wrong = logistic(-weightedSum(margins, weights, row));
    const x = margins[row * weights.length + at]!;
    slope += wrong * x;
    curvature += wrong * (1 - wrong) * x * x;
  }
  return { slope, curvature };
}

function weightedSum(margins: Float64Array, weights: readonly number[], row: number): number {
  const start = row * weights.length;
  let sum = 0;
  for (let at = 0; at < weights.length; at++) sum += margins[start + at]! * weights[at]!;
  return sum;
}
