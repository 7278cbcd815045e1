/**
 * P(X ≥ successes) of `trials` independent trials that each succeed with probability `share`, from
 * 0 to 1: the exact one-sided p value of a share that is larger than expected.
 */
export function binomialUpperTail(successes: number, trials: number, share: number): number {
  if (successes <= 0) return 1;
  if (successes > trials || share <= 0) return 0;
  if (share >= 1) return 1;
  let sum = 0;
  // The logarithm of the first term; each next one is made of the one before.
  let logTerm = trials * Math.log1p(-share);
  for (let count = 0; count <= trials; count += 1) {
    if (count >= successes) sum += Math.exp(logTerm);
    logTerm += Math.log((trials - count) / (count + 1)) + Math.log(share) - Math.log1p(-share);
  }
  return Math.min(1, sum);
}
