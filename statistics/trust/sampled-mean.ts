import type { Cluster } from "../estimates/observations.ts";
import { leastSquares, meanOf } from "./least-squares.ts";

/** A row of a finite population, of which some rows were drawn to be looked at. */
export type SampledRow = {
  /** What was seen; undefined where the row was not drawn. */
  readonly y: number | undefined;
  /** What is known of every row, drawn or not. */
  readonly x: readonly number[];
  readonly cluster: Cluster;
};

/** The mean of `y` over all rows, as the drawn rows tell it. */
export type SampledMean = {
  readonly value: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
};

/**
 * Estimates the mean of `y` over all rows from the rows that were drawn, by a regression of `y` on
 * what is known of every row: the covariates take away the luck of the draw that they explain.
 * The rows are a finite population, so the error is 0 where all were drawn. Right for any
 * covariates, good or bad, as long as the draw is random.
 *
 * The error is that of rows drawn one by one where each was, and of prompts drawn whole where they
 * were; between the two, it is interpolated by the number of pairs of drawn rows that share a
 * prompt.
 *
 * @param rows At least one drawn; more than there are covariates, for a regression.
 *
 * Sources: Särndal, Swensson and Wretman, *Model Assisted Survey Sampling*, 1992, sections 6.5 and
 * 6.6 (the regression estimator and its g-weighted variance); Cochran, *Sampling Techniques*, 3rd
 * edition, sections 2.6 and 9A.
 */
export function sampledMean(rows: readonly SampledRow[]): SampledMean {
  const drawn = rows.flatMap(({ y, x, cluster }) => (y === undefined ? [] : [{ y, x, cluster }]));
  const width = rows[0]?.x.length ?? 0;
  const line = leastSquares(
    drawn.map(({ y }) => y),
    drawn.map(({ x }) => x),
  );
  const means = Array.from({ length: width }, (_, at) => meanOf(rows.map(({ x }) => x[at]!)));
  const weights = line.weightsAt(means);
  const residuals = line.residuals.map((residual, row) => residual * weights[row]!);
  const clusters = { drawn: drawn.map(({ cluster }) => cluster), all: clusterSizes(rows) };
  const error = errorOf(residuals, clusters, {
    population: rows.length,
    parameters: line.parameters,
    // One drawn row's worth of variance without covariates, so that a line which happens to fit
    // every drawn row is not taken for certain.
    prior: line.parameters === 1 ? 0 : varianceOf(drawn.map(({ y }) => y)),
  });
  return { value: line.valueAt(means), ...error };
}

type Clusters = {
  readonly drawn: readonly Cluster[];
  readonly all: ReadonlyMap<Cluster, number>;
};

type Facts = { readonly population: number; readonly parameters: number; readonly prior: number };

function errorOf(residuals: readonly number[], clusters: Clusters, facts: Facts) {
  const { population, parameters, prior } = facts;
  const n = residuals.length;
  const squares = residuals.reduce((sum, residual) => sum + residual ** 2, 0);
  const sums = new Map<Cluster, number>();
  residuals.forEach((residual, row) => {
    const cluster = clusters.drawn[row]!;
    sums.set(cluster, (sums.get(cluster) ?? 0) + residual);
  });
  const together = [...sums.values()].reduce((sum, value) => sum + value ** 2, 0);
  const whole = drawnWhole(clusters, population);
  const few = sums.size < 2 ? 1 : sums.size / (sums.size - 1);
  const between = whole * Math.max(0, few * together - squares);
  const units = (1 - whole) * n + whole * sums.size;
  const free = Math.max(1, n - parameters);
  const left = 1 - n / population;
  const variance = ((squares + between + prior) / free / n) * left;
  return {
    standardError: Math.sqrt(Math.max(0, variance)),
    degreesOfFreedom: Math.max(1, units - parameters),
  };
}

/**
 * How far the draw took prompts whole: 0 where it shares as many prompts as a draw of single rows
 * does on average (or fewer), 1 where it shares as many as a draw of whole prompts.
 */
function drawnWhole({ drawn, all }: Clusters, population: number): number {
  const n = drawn.length;
  const pairs = (sizes: Iterable<number>) =>
    [...sizes].reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  const possible = pairs(all.values());
  if (possible === 0 || n < 2 || n === population) return 0;
  const found = pairs(countsOf(drawn).values());
  const bySingle = (possible * n * (n - 1)) / (population * (population - 1));
  const byWhole = (possible * n) / population;
  return Math.min(1, Math.max(0, (found - bySingle) / (byWhole - bySingle)));
}

function clusterSizes(rows: readonly SampledRow[]): Map<Cluster, number> {
  return countsOf(rows.map(({ cluster }) => cluster));
}

function countsOf(clusters: readonly Cluster[]): Map<Cluster, number> {
  const counts = new Map<Cluster, number>();
  for (const cluster of clusters) counts.set(cluster, (counts.get(cluster) ?? 0) + 1);
  return counts;
}

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return values.length < 2 ? 0 : squares / (values.length - 1);
}
