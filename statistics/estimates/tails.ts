import { incompleteBeta } from "./incomplete-beta.ts";

/** P(T > t) of Student's t with `degreesOfFreedom` above 0, whole or not. */
export function studentTail(t: number, degreesOfFreedom: number): number {
  if (Number.isNaN(t)) return Number.NaN;
  if (t < 0) return 1 - studentTail(-t, degreesOfFreedom);
  const x = degreesOfFreedom / (degreesOfFreedom + t * t);
  return incompleteBeta(x, degreesOfFreedom / 2, 0.5) / 2;
}

/** P(X <= successes) of a binomial with `trials` of probability `p`. */
export function binomialTail(successes: number, trials: number, p: number): number {
  if (successes < 0) return 0;
  if (successes >= trials) return 1;
  return incompleteBeta(1 - p, trials - successes, successes + 1);
}

/**
 * The exact upper bound of a probability after `successes` of `trials`: the largest p under which
 * so few successes are at least as likely as `level`.
 *
 * Source: Clopper and Pearson, "The Use of Confidence or Fiducial Limits Illustrated in the Case of
 * the Binomial", Biometrika 26, 1934.
 */
export function upperBound(successes: number, trials: number, level: number): number {
  if (successes >= trials) return 1;
  let [low, high] = [successes / trials, 1];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (binomialTail(successes, trials, middle) > level) low = middle;
    else high = middle;
  }
  return high;
}
