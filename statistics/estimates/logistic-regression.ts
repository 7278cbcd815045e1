import { atOnce, type Steps } from "../../state/in-slices.ts";
import { createClusterNumbers } from "./cluster-numbers.ts";
import type { Cluster } from "./observations.ts";

/** A logistic model of one variable: P(win) = 1 / (1 + exp(-(intercept + slope * x))). */
export type LogisticFit = {
  intercept: number;
  slope: number;
  interceptStandardError: number;
  slopeStandardError: number;
};

/**
 * Why a logistic model can't be fitted.
 *
 * - `no_variation`: x is the same in all rows
 * - `separated`: one value of x parts wins from losses (or there are only wins, or only losses),
 *   so that the likelihood has no maximum
 */
export type NoLogisticFit = "no_variation" | "separated";

export type LogisticRow = {
  x: number;
  /** 1 a win, 0 a loss, 0.5 half of each. */
  win: number;
  /** Rows that share one are not independent. Without it, a row is a cluster of its own. */
  cluster?: Cluster | undefined;
};

const maxIterations = 100;

/**
 * Fits a logistic model by maximum likelihood (Newton's method). Standard errors come from the
 * inverse of the Fisher information; a row of half a win counts there as a whole row, which makes
 * them a little wide. Where rows share a cluster, they come from the sandwich estimator, whose
 * middle is the squared sum of scores of each cluster, times C / (C - 1) for C clusters; they are
 * never below the former, and with one cluster not finite.
 *
 * Source: McCullagh and Nelder, "Generalized Linear Models", 1989, section 4.4; separation as in
 * Albert and Anderson, "On the existence of maximum likelihood estimates in logistic regression
 * models", 1984; clusters as in Liang and Zeger, "Longitudinal Data Analysis Using Generalized
 * Linear Models", Biometrika 73, 1986, with working independence.
 */
export function fitLogisticRegression(rows: readonly LogisticRow[]): LogisticFit | NoLogisticFit {
  const numbers = createClusterNumbers();
  return atOnce(
    fitLogisticColumns({
      x: Float64Array.from(rows, ({ x }) => x),
      win: Float64Array.from(rows, ({ win }) => win),
      clusters: Float64Array.from(rows, ({ cluster }) => numbers.numberOf(cluster)),
    }),
  );
}

/**
 * Rows by their columns, which a pass over many of them reads several times as fast. Clusters are
 * numbered from 0, in the order in which they come.
 */
export type LogisticColumns = {
  readonly x: Float64Array;
  readonly win: Float64Array;
  readonly clusters: Float64Array;
};

/**
 * Columns in which an exponential is taken once a value of x: many rows have few of them, such as
 * whole numbers of characters. Sums are still over the rows, in their order.
 */
type Points = LogisticColumns & {
  /** The different values of x, and the place among them of each row's. */
  readonly values: Float64Array;
  readonly places: Uint32Array;
};

function pointsOf(columns: LogisticColumns): Points {
  const known = new Map<number, number>();
  const places = Uint32Array.from(columns.x, (x) => {
    const place = known.get(x) ?? known.size;
    known.set(x, place);
    return place;
  });
  return { ...columns, values: Float64Array.from(known.keys()), places };
}

/** `fitLogisticRegression` of columns, in steps. */
export function* fitLogisticColumns(columns: LogisticColumns): Steps<LogisticFit | NoLogisticFit> {
  const points = pointsOf(columns);
  if (points.values.length <= 1) return "no_variation";
  if (isSeparated(points)) return "separated";
  yield;
  const [intercept, slope] = yield* mostLikely(points);
  const { inverse } = informationAt(points, intercept, slope);
  const variances = clusteredVariances(points, intercept, slope, inverse);
  return {
    intercept,
    slope,
    interceptStandardError: Math.sqrt(Math.max(inverse[0], variances[0])),
    slopeStandardError: Math.sqrt(Math.max(inverse[2], variances[1])),
  };
}

function* mostLikely(points: Points): Steps<readonly [intercept: number, slope: number]> {
  let intercept = 0;
  let slope = 0;
  let likelihood = logLikelihood(points, intercept, slope);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const { gradient, inverse } = informationAt(points, intercept, slope);
    const step = [
      inverse[0] * gradient[0] + inverse[1] * gradient[1],
      inverse[1] * gradient[0] + inverse[2] * gradient[1],
    ] as const;
    yield;
    const taken = yield* improvingStep(points, { intercept, slope, likelihood }, step);
    if (taken === null) break;
    ({ intercept, slope, likelihood } = taken);
    if (Math.abs(step[0]) + Math.abs(step[1]) < 1e-12 * (1 + Math.abs(intercept))) break;
  }
  return [intercept, slope];
}

/** The logistic function. */
export function logistic(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

/** A row of half a win is both a win and a loss at its x. */
function isSeparated({ x, win }: LogisticColumns): boolean {
  const wins = { min: Infinity, max: -Infinity };
  const losses = { min: Infinity, max: -Infinity };
  for (let row = 0; row < x.length; row++) {
    if (win[row]! > 0) widen(wins, x[row]!);
    if (win[row]! < 1) widen(losses, x[row]!);
  }
  return wins.max <= losses.min || losses.max <= wins.min;
}

function widen(range: { min: number; max: number }, value: number): void {
  if (value < range.min) range.min = value;
  if (value > range.max) range.max = value;
}

/** The likelihood's gradient, and the inverse of the Fisher information as (0,0), (0,1), (1,1). */
function informationAt({ x, win, values, places }: Points, intercept: number, slope: number) {
  const probabilities = values.map((value) => logistic(intercept + slope * value));
  const gradient: [number, number] = [0, 0];
  let [h00, h01, h11] = [0, 0, 0];
  for (let row = 0; row < x.length; row++) {
    const at = x[row]!;
    const probability = probabilities[places[row]!]!;
    const weight = probability * (1 - probability);
    const residual = win[row]! - probability;
    gradient[0] += residual;
    gradient[1] += residual * at;
    h00 += weight;
    h01 += weight * at;
    h11 += weight * at * at;
  }
  const determinant = h00 * h11 - h01 * h01;
  const inverse = [h11 / determinant, -h01 / determinant, h00 / determinant] as const;
  return { gradient, inverse };
}

/** The sandwich variances of intercept and slope; zeros where no two rows share a cluster. */
function clusteredVariances(
  { x, win, clusters: clusterOf }: LogisticColumns,
  intercept: number,
  slope: number,
  inverse: readonly [number, number, number],
): [number, number] {
  const clusters = 1 + clusterOf.reduce((most, cluster) => Math.max(most, cluster), -1);
  if (clusters === x.length) return [0, 0];
  if (clusters === 1) return [Infinity, Infinity];
  const scores = { residual: new Float64Array(clusters), timesX: new Float64Array(clusters) };
  for (let row = 0; row < x.length; row++) {
    const residual = win[row]! - logistic(intercept + slope * x[row]!);
    scores.residual[clusterOf[row]!]! += residual;
    scores.timesX[clusterOf[row]!]! += residual * x[row]!;
  }
  let [variance0, variance1] = [0, 0];
  for (let cluster = 0; cluster < clusters; cluster++) {
    const [score0, score1] = [scores.residual[cluster]!, scores.timesX[cluster]!];
    variance0 += (inverse[0] * score0 + inverse[1] * score1) ** 2;
    variance1 += (inverse[1] * score0 + inverse[2] * score1) ** 2;
  }
  const correction = clusters / (clusters - 1);
  return [correction * variance0, correction * variance1];
}

type Estimated = {
  readonly intercept: number;
  readonly slope: number;
  readonly likelihood: number;
};

/** Sums over many rows are rounded, so that the likelihood at its maximum is known this well. */
const relativeRounding = 1e-13;

/**
 * Newton's step halved until the likelihood does not fall, which keeps it from running away where
 * data are steep. Null where no step improves it.
 */
function* improvingStep(
  points: Points,
  { intercept, slope, likelihood }: Estimated,
  step: readonly [number, number],
): Steps<Estimated | null> {
  const least = likelihood - relativeRounding * Math.abs(likelihood);
  for (let scale = 1; scale > 1e-6; scale /= 2) {
    const next = { intercept: intercept + scale * step[0], slope: slope + scale * step[1] };
    const after = logLikelihood(points, next.intercept, next.slope);
    if (after >= least) return { ...next, likelihood: after };
    yield;
  }
  return null;
}

function logLikelihood({ win, values, places }: Points, intercept: number, slope: number): number {
  const logOdds = values.map((value) => intercept + slope * value);
  // log(1 + exp(logOdds)) without overflow.
  const normalisers = logOdds.map(
    (odds) => Math.max(odds, 0) + Math.log1p(Math.exp(-Math.abs(odds))),
  );
  let sum = 0;
  for (let row = 0; row < win.length; row++) {
    const value = places[row]!;
    sum += win[row]! * logOdds[value]! - normalisers[value]!;
  }
  return sum;
}
