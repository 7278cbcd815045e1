import { incompleteBeta, logGamma } from "./incomplete-beta.ts";

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
 * P(X <= seen) of a hypergeometric: marked ones among `drawn` that are drawn without replacement
 * from `population`, of which `marked` are marked.
 */
export function hypergeometricTail(
  seen: number,
  { drawn, marked, population }: { drawn: number; marked: number; population: number },
): number {
  const least = Math.max(0, drawn - (population - marked));
  const most = Math.min(drawn, marked, seen);
  let sum = 0;
  for (let count = least; count <= most; count++) {
    sum += Math.exp(
      logChoose(marked, count) +
        logChoose(population - marked, drawn - count) -
        logChoose(population, drawn),
    );
  }
  return Math.min(1, sum);
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}
