import {
  marginOfJuror,
  scaledMargin,
  type JurorCalibration,
} from "../../state/evaluation/jury-calibration.ts";
import { logistic } from "../estimates/logistic-regression.ts";
import type { JudgedByJury } from "./judged-by-jury.ts";

/** A labelled row: the scaled margins of the jurors, told of the side that people prefer. */
type ForTheBetter = readonly number[];

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
 */
export function fitJurorWeights(
  rows: readonly JudgedByJury[],
  jurors: readonly JurorCalibration[],
): number[] {
  const better = rows.flatMap((row) => forTheBetter(row, jurors));
  const weights = jurors.map(({ weight }) => weight);
  const factor = fitFactor(better, weights);
  const target = weights.map((weight) => factor * weight);
  const mean = target.reduce((sum, weight) => sum + weight, 0) / target.length;
  const spread = Math.max(0.1, spreadInMeans * mean);
  const fitted = [...target];
  for (let round = 0; round < rounds; round += 1) {
    let moved = 0;
    for (const at of fitted.keys()) {
      const { slope, curvature } = slopeAt(better, fitted, (row) => row[at] ?? 0);
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

function forTheBetter(
  { votes, label }: JudgedByJury,
  jurors: readonly JurorCalibration[],
): ForTheBetter[] {
  if (label !== "a" && label !== "b") return [];
  const sign = label === "a" ? 1 : -1;
  return [
    jurors.map(({ name, scale }) => {
      const said = marginOfJuror(votes, name);
      return said === null ? 0 : sign * scaledMargin(said.margin, scale);
    }),
  ];
}

/** The factor of all weights together that fits best, drawn a little to 1. */
function fitFactor(rows: readonly ForTheBetter[], weights: readonly number[]): number {
  const sumOf = (row: ForTheBetter) =>
    row.reduce((sum, margin, at) => sum + margin * (weights[at] ?? 0), 0);
  const single = rows.map((row) => [sumOf(row)]);
  let factor = 1;
  for (let round = 0; round < rounds; round += 1) {
    const { slope, curvature } = slopeAt(single, [factor], ([sum = 0]) => sum);
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

/** The slope of the log likelihood in one coordinate, and how fast it falls. */
function slopeAt(
  rows: readonly ForTheBetter[],
  weights: readonly number[],
  coordinate: (row: ForTheBetter) => number,
): { slope: number; curvature: number } {
  let [slope, curvature] = [0, 0];
  for (const row of rows) {
    const sum = row.reduce((total, margin, at) => total + margin * (weights[at] ?? 0), 0);
    const wrong = logistic(-sum);
    const x = coordinate(row);
    slope += wrong * x;
    curvature += wrong * (1 - wrong) * x * x;
  }
  return { slope, curvature };
}
