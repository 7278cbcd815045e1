import { normalQuantile975, type Estimate } from "./interval.ts";

/**
 * A proportion with Wilson's 95 % score interval, without continuity correction; null where there
 * were no trials. `successes` from 0 to `trials`.
 *
 * Source: Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22,
 * 1927; the formula as in Newcombe, Statistics in Medicine 17, 1998, method 3.
 */
export function wilsonInterval(successes: number, trials: number): Estimate | null {
  if (trials === 0) return null;
  const zSquared = normalQuantile975 ** 2;
  const failures = trials - successes;
  const centre = (successes + zSquared / 2) / (trials + zSquared);
  const halfWidth =
    (normalQuantile975 * Math.sqrt((successes * failures) / trials + zSquared / 4)) /
    (trials + zSquared);
  return {
    value: successes / trials,
    // At the ends the formula gives 0 and 1, which rounding would miss by a hair.
    low: successes === 0 ? 0 : centre - halfWidth,
    high: failures === 0 ? 1 : centre + halfWidth,
  };
}
