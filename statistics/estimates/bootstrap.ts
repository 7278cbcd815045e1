import type { Estimate } from "./interval.ts";
import { createRandom } from "./seeded-random.ts";

export type BootstrapOptions = {
  /** The same seed over the same rows gives the same interval, to the last bit. */
  seed: number | string;
  /** How often the rows are drawn anew. Default 1000. */
  resamples?: number | undefined;
};

/**
 * A statistic of the rows whose places are in `indices` (each from 0, some more than once); null
 * where it is not defined for them. `indices` is one array used again and again: read it, don't
 * keep it.
 */
export type RowStatistic = (indices: Int32Array) => number | null;

/** The statistic over many drawings of the rows. */
export type BootstrapDistribution = {
  /** The values of the resamples in which the statistic is defined, ascending. */
  values: Float64Array;
  /** In how many resamples it was not defined. They are left out of `values`. */
  undefinedResamples: number;
};

export type BootstrapInterval = Estimate & {
  /** How many resamples were drawn, the undefined ones included. */
  resamples: number;
  undefinedResamples: number;
};

/**
 * Draws `rowCount` rows with replacement, `resamples` times, and takes the statistic of each
 * drawing.
 *
 * Two statistics with one seed and one `rowCount` see the same drawings.
 */
export function bootstrapDistribution(
  rowCount: number,
  statistic: RowStatistic,
  { seed, resamples = 1000 }: BootstrapOptions,
): BootstrapDistribution {
  const random = createRandom(seed);
  const indices = new Int32Array(rowCount);
  const values = new Float64Array(resamples);
  let defined = 0;
  for (let resample = 0; resample < resamples; resample++) {
    for (let place = 0; place < rowCount; place++) indices[place] = Math.floor(random() * rowCount);
    const value = statistic(indices);
    if (value !== null) values[defined++] = value;
  }
  return { values: values.slice(0, defined).sort(), undefinedResamples: resamples - defined };
}

/**
 * The statistic of the rows with its 95 % percentile bootstrap interval. Null where the statistic
 * of the rows themselves, or of every resample, is not defined.
 *
 * A figure at the end of its scale in every row (a kappa of 1, say) gets an interval of no width:
 * the bootstrap can't see what the rows don't show.
 *
 * Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3.
 */
export function bootstrapInterval(
  rowCount: number,
  statistic: RowStatistic,
  options: BootstrapOptions,
): BootstrapInterval | null {
  const value = statistic(Int32Array.from({ length: rowCount }, (_, row) => row));
  if (value === null) return null;
  const { values, undefinedResamples } = bootstrapDistribution(rowCount, statistic, options);
  if (values.length === 0) return null;
  return {
    value,
    low: quantile(values, 0.025),
    high: quantile(values, 0.975),
    resamples: values.length + undefinedResamples,
    undefinedResamples,
  };
}

/**
 * A quantile of ascending values (at least one), `probability` in [0, 1], linear between
 * neighbours.
 *
 * Source: Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996, definition 7.
 */
export function quantile(ascending: Float64Array, probability: number): number {
  const position = (ascending.length - 1) * probability;
  const below = ascending[Math.floor(position)] ?? Number.NaN;
  const above = ascending[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}
