import { normalQuantile975, type Estimate } from "./interval.ts";

/** A sample as its moments, so that it may grow without being held. */
export type Sample = {
  readonly n: number;
  readonly mean: number;
  /** Sum of the squared differences from the mean. */
  readonly squares: number;
};

export const emptySample: Sample = { n: 0, mean: 0, squares: 0 };

/**
 * A sample with one value more (Welford, "Note on a Method for Calculating Corrected Sums of
 * Squares and Products", Technometrics 4, 1962).
 */
export function withValue({ n, mean, squares }: Sample, value: number): Sample {
  const difference = value - mean;
  const next = mean + difference / (n + 1);
  return { n: n + 1, mean: next, squares: squares + difference * (value - next) };
}

/**
 * The total of a finite population from a sample of it drawn without replacement, with a 95 %
 * interval by the normal approximation and the finite population correction (Cochran, *Sampling
 * Techniques*, 3rd edition, sections 2.5 to 2.8). What was counted in the sample is certain, so for
 * values from 0 up the interval does not go below its sum.
 *
 * @param population Units of the population, the sample's among them; at least the sample's.
 * @param sample At least 2 values.
 */
export function estimateTotal(
  { n, mean, squares }: Sample,
  population: number,
  quantile = normalQuantile975,
): Estimate {
  const value = population * mean;
  const variance = squares / (n - 1);
  const error = population * Math.sqrt((variance / n) * (1 - n / population));
  const low = Math.max(n * mean, value - quantile * error);
  return { value, low, high: value + quantile * error };
}

/**
 * The mean that a sample was drawn around, from a population without end, with a 95 % interval by
 * the normal approximation; not below 0, for values from 0 up.
 *
 * @param sample At least 2 values.
 */
export function estimateMean({ n, mean, squares }: Sample): Estimate {
  const error = normalQuantile975 * Math.sqrt(squares / (n - 1) / n);
  return { value: mean, low: Math.max(0, mean - error), high: mean + error };
}
