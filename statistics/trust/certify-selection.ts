import { binomialTail, hypergeometricTail } from "../estimates/tails.ts";

/** What people say of a pair: that its chosen response is better, the rejected one, or neither. */
export type PairOutcome = "chosen" | "rejected" | "tie";

export type CertifyOptions = {
  /** The largest share of wrong pairs that may be kept, over 0 and under 1. */
  readonly noise: number;
  /** How often a certificate may be wrong, over 0 and under 1. Default 0.1. */
  readonly delta?: number | undefined;
};

/** The largest share of the surest pairs whose noise is shown to be low enough. */
export type Certificate = {
  /** The share of wrong pairs among the kept ones is at most this … */
  readonly noise: number;
  /** … except in this share of random draws of the labelled pairs, at most. */
  readonly delta: number;
  /** All pairs, and those that carry people's verdict. */
  readonly pairs: number;
  readonly labels: number;
  /** How many of the surest pairs are kept; 0 where nothing could be certified. */
  readonly kept: number;
  /** Of the kept ones: those with people's verdict, how many of these are wrong, and tied. */
  readonly labelsKept: number;
  readonly wrong: number;
  readonly ties: number;
  /** The share of wrong and tied pairs among the kept ones as the labels estimate it. */
  readonly estimate: number | null;
  /**
   * The probability that a kept pair is the wrong way round, with a tie as a half: TRL's
   * `label_smoothing`. Null where nothing is kept, or where it would be a half or more.
   */
  readonly labelSmoothing: number | null;
  /** Why nothing is kept. */
  readonly reason?: "too_few_labels" | "too_noisy";
};

/** Shares that are tried, in steps of this. */
const step = 0.05;

/** The first share has labels enough to be certified at this part of the noise that is allowed. */
const firstMargin = 0.7;

/**
 * The smallest share has this part of the labels, or this number of them: with fewer, chance may
 * stop the sequence at its first step; with more, it would begin where noise is high already.
 */
const firstLabels = { part: 1 / 3, most: 66 };

/**
 * Finds the largest share of the surest pairs in which at most `noise` are wrong, from people's
 * verdicts on a random part of them. A pair that people call a tie counts as wrong.
 *
 * Shares are tried from small to large, each with an exact test of "more than `noise` of these pairs
 * are wrong", and the first that fails ends the sequence. So each test may use all of `delta`
 * (fixed-sequence testing). Where the sequence begins depends on how many labels there are and
 * where they lie, not on what they say. Labels may be drawn from the surest part alone: the
 * sequence ends before the last labelled pair.
 *
 * The test is hypergeometric, since labels are drawn from a finite number of pairs; over many pairs
 * that is the binomial (Clopper and Pearson).
 *
 * Sources: Angelopoulos, Bates, Candès, Jordan and Lei, "Learn then Test", arXiv 2110.01052,
 * section 2.3 (fixed-sequence testing); Bauer, "Multiple testing in clinical trials", Statistics in
 * Medicine 10, 1991.
 *
 * @param outcomes All pairs, the surest first; undefined where people have not judged one.
 */
export function certifySelection(
  outcomes: readonly (PairOutcome | undefined)[],
  { noise, delta = 0.1 }: CertifyOptions,
): Certificate {
  const counts = countUpTo(outcomes);
  const last = outcomes.findLastIndex((outcome) => outcome !== undefined);
  const labels = counts.at(-1)?.labels ?? 0;
  const end = labels === outcomes.length ? labels : last;
  const facts = { noise, delta, pairs: outcomes.length, labels };
  const usual = Math.min(firstLabels.part * labels, firstLabels.most);
  const first = Math.max(usual, labelsToBegin(noise, delta));
  let kept = 0;
  let isTested = false;
  for (const share of shares) {
    const size = Math.floor(share * outcomes.length + 1e-9);
    const found = counts[size - 1];
    if (size > end || found === undefined || found.labels < first) continue;
    isTested = true;
    const bad = found.wrong + found.ties;
    const marked = Math.floor(noise * size + 1e-9) + 1;
    const p = hypergeometricTail(bad, { drawn: found.labels, marked, population: size });
    if (p > delta) break;
    kept = size;
  }
  const { labels: labelsKept = 0, wrong = 0, ties = 0 } = counts[kept - 1] ?? {};
  const smoothing = labelsKept === 0 ? null : (wrong + ties / 2) / labelsKept;
  return {
    ...facts,
    kept,
    labelsKept,
    wrong,
    ties,
    estimate: labelsKept === 0 ? null : (wrong + ties) / labelsKept,
    labelSmoothing: smoothing === null || smoothing >= 0.5 ? null : smoothing,
    ...(kept > 0 ? {} : { reason: isTested ? "too_noisy" : "too_few_labels" }),
  };
}

const shares = Array.from({ length: Math.round(1 / step) }, (_, index) => (index + 1) * step);

type Counts = { readonly labels: number; readonly wrong: number; readonly ties: number };

/** Of the first pair, of the first two, and so on. */
function countUpTo(outcomes: readonly (PairOutcome | undefined)[]): Counts[] {
  let counts: Counts = { labels: 0, wrong: 0, ties: 0 };
  return outcomes.map((outcome) => {
    counts = {
      labels: counts.labels + (outcome === undefined ? 0 : 1),
      wrong: counts.wrong + (outcome === "rejected" ? 1 : 0),
      ties: counts.ties + (outcome === "tie" ? 1 : 0),
    };
    return counts;
  });
}

/** The fewest labels that certify `noise` where `firstMargin` of it is found among them. */
export function labelsToBegin(noise: number, delta: number): number {
  let labels = 1;
  while (binomialTail(Math.floor(firstMargin * noise * labels), labels, noise) > delta) labels += 1;
  return labels;
}
