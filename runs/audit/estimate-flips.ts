/** What flagging finds, as shares from 0 to 1; estimates, so near the truth in large sets only. */
export type FlagQuality = {
  /** The share of the flagged labels that are flipped. */
  readonly precision: number;
  /** The share of the flipped labels that are flagged. */
  readonly recall: number;
};

export type FlipEstimate = {
  /** The share of flipped labels in the set, rather too high than too low. */
  readonly share: number;
  /** Flagging above a threshold; null where nothing would be flagged. */
  readonly at: (threshold: number) => FlagQuality | null;
  /** The lowest threshold whose flags reach a precision; null where none does. */
  readonly thresholdFor: (precision: number) => number | null;
};

const leastPairs = 50;
const leastLevels = 3;
/** The clearest verdicts, from which the share of flipped labels is read. */
const clearest = { share: 0.2, pairs: 20 };
/** Near a half, labels and verdicts have nothing in common. */
const mostFlipped = 0.45;

/**
 * Estimates how many labels of a set are flipped and how well a threshold finds them, from the
 * leanings alone and with no label known to be right.
 *
 * The clearest verdicts are taken to be right, so that the share of them that contradict their
 * label is the share of flipped labels (anchor points: Liu and Tao, "Classification with Noisy
 * Labels by Importance Reweighting", IEEE TPAMI 38(3), 2016). The rate of right and of wrong verdicts
 * beyond a threshold then follows from the counts for and against the labels (symmetric noise:
 * Natarajan et al., "Learning with Noisy Labels", NIPS 2013). An evaluator that is wrong where it
 * is clearest makes the share and the precision too high.
 *
 * @param leanings For each pair how clearly the evaluator prefers the rejected response, from -1
 *   to 1, 0 where it prefers neither.
 * @returns Null for fewer than 50 pairs, for fewer than three sizes of leaning, and where labels and
 *   verdicts contradict each other about as often as not.
 */
export function estimateFlips(leanings: readonly number[]): FlipEstimate | null {
  const counts = countBeyond(leanings);
  if (leanings.length < leastPairs || counts.length < leastLevels) return null;
  const enough = Math.max(clearest.pairs, clearest.share * leanings.length);
  const shares = counts
    .filter((beyond) => beyond.against + beyond.for >= enough)
    .map((beyond) => (beyond.against + 0.5) / (beyond.against + beyond.for + 1));
  const share = shares.reduce((least, one) => Math.min(least, one), 1);
  if (!(share < mostFlipped)) return null;
  const at = (threshold: number) => {
    const beyond = counts.findLast((one) => one.threshold <= threshold);
    if (beyond === undefined || beyond.against === 0) return null;
    const right = ((1 - share) * beyond.for - share * beyond.against) / (1 - 2 * share);
    return {
      precision: toShare((share * right) / beyond.against),
      recall: toShare(right / leanings.length),
    };
  };
  return {
    share,
    at,
    thresholdFor: (precision) =>
      counts.find(({ threshold }) => (at(threshold)?.precision ?? 0) >= precision)?.threshold ??
      null,
  };
}

/** Leanings beyond 0 and beyond each size of leaning, against the labels and for them. */
function countBeyond(leanings: readonly number[]) {
  const sizes = leanings.map(Math.abs).toSorted((a, b) => a - b);
  const against = leanings.filter((one) => one > 0).toSorted((a, b) => a - b);
  const counts = [];
  let [below, belowAgainst] = [0, 0];
  for (const threshold of new Set([0, ...sizes])) {
    while ((sizes[below] ?? Infinity) <= threshold) below += 1;
    while ((against[belowAgainst] ?? Infinity) <= threshold) belowAgainst += 1;
    const [all, flagged] = [sizes.length - below, against.length - belowAgainst];
    if (all > 0) counts.push({ threshold, against: flagged, for: all - flagged });
  }
  return counts;
}

function toShare(value: number): number {
  return Math.min(1, Math.max(0, value));
}
