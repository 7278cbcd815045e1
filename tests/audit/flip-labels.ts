import { createRandom } from "../../statistics/estimates/seeded-random.ts";
import type { Leanings } from "./recorded-sets.ts";

/** What flagging found over all draws, as shares. */
export type Found = {
  readonly precision: number;
  readonly recall: number;
  /** The middle 90 % of the draws. */
  readonly range: { readonly precision: Range; readonly recall: Range };
};
type Range = readonly [low: number, high: number];

/** Flips a share of the labels of a set and gives the leanings as an audit sees them. */
export type Drawn = readonly { readonly isFlipped: boolean; readonly leaning: number | null }[];

export function drawFlips(leanings: Leanings, share: number, draw: number): Drawn {
  const random = createRandom(`flip:${draw}`);
  const order = leanings.map((leaning) => ({ leaning, at: random() }));
  const flipped = Math.round(share * leanings.length);
  return order
    .toSorted((one, other) => one.at - other.at)
    .map(({ leaning }, at) => {
      const isFlipped = at < flipped;
      return { isFlipped, leaning: leaning === null || !isFlipped ? leaning : -leaning };
    });
}

/** Precision and recall to be expected where any labels may be the flipped ones. */
export function expectFlags(
  leanings: Leanings,
  share: number,
  threshold: number,
): Pick<Found, "precision" | "recall"> {
  const beyond = (sign: 1 | -1) =>
    leanings.filter((one) => one !== null && sign * one > threshold).length / leanings.length;
  const [right, wrong] = [beyond(-1), beyond(1)];
  return { precision: (share * right) / (share * right + (1 - share) * wrong), recall: right };
}

/** Precision and recall of flagging what is above a threshold that is chosen for each draw. */
export function measureFlags(
  draws: readonly Drawn[],
  thresholdFor: (drawn: Drawn) => number,
): Found {
  const counts = draws.map((drawn) => {
    const above = thresholdFor(drawn);
    const flagged = drawn.filter(({ leaning }) => leaning !== null && leaning > above);
    return {
      flagged: flagged.length,
      found: flagged.filter(({ isFlipped }) => isFlipped).length,
      flipped: drawn.filter(({ isFlipped }) => isFlipped).length,
    };
  });
  const sum = (key: "flagged" | "found" | "flipped") =>
    counts.reduce((total, count) => total + count[key], 0);
  const shares = (of: "flagged" | "flipped") =>
    counts.filter((count) => count[of] > 0).map((count) => count.found / count[of]);
  return {
    precision: sum("found") / sum("flagged"),
    recall: sum("found") / sum("flipped"),
    range: { precision: middleOf(shares("flagged")), recall: middleOf(shares("flipped")) },
  };
}

/** The harmonic mean of precision and recall. */
export function f1({ precision, recall }: Pick<Found, "precision" | "recall">): number {
  return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
}

function middleOf(values: readonly number[]): Range {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return [at(0.05), at(0.95)];
}
