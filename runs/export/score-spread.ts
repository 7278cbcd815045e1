/** The standard deviation of numbers that come one by one. */
export type ScoreSpread = {
  readonly add: (score: number) => void;
  /** Null before the first number. */
  readonly deviation: () => number | null;
};

/** Welford's algorithm (1962), which loses nothing to cancellation. */
export function createScoreSpread(): ScoreSpread {
  let [count, mean, squares] = [0, 0, 0];
  return {
    add(score) {
      count += 1;
      const before = score - mean;
      mean += before / count;
      squares += before * (score - mean);
    },
    deviation: () => (count === 0 ? null : Math.sqrt(squares / count)),
  };
}

/**
 * How far apart two rewards should be, in standard deviations of the run's scores: 0 where the
 * scores are missing, equal, or contradict the verdict.
 */
export function rewardMargin(
  scores: readonly [chosen: number, rejected: number] | undefined,
  deviation: number,
): number {
  if (scores === undefined || deviation === 0) return 0;
  const [chosen, rejected] = scores;
  return Math.round(Math.max(0, (chosen - rejected) / deviation) * 1e6) / 1e6;
}
