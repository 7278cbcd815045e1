import type { Tally } from "../accounting/tally.ts";

/** How candidates of a choice are compared in cost: one unit for all of them. */
export type Cheapness = {
  readonly unit: "dollars" | "tokens" | "calls";
  readonly of: (candidate: number) => number;
};

/**
 * What each of several runs over the same rows took: dollars where all are known and not all are
 * nothing, else tokens where all are known, else calls.
 */
export function cheapnessOf(
  tallies: readonly Pick<Tally, "calls" | "tokens" | "cost">[],
): Cheapness {
  const isPriced =
    tallies.every(({ cost }) => cost.unknown === 0) && tallies.some(({ cost }) => cost.usd > 0);
  if (isPriced) return { unit: "dollars", of: (index) => tallies[index]?.cost.usd ?? 0 };
  if (tallies.every(({ tokens }) => tokens.unknown === 0)) {
    const total = ({ tokens }: Pick<Tally, "tokens">) => tokens.in + tokens.out;
    if (tallies.some((tally) => total(tally) > 0)) {
      return { unit: "tokens", of: (index) => total(tallies[index]!) };
    }
  }
  return { unit: "calls", of: (index) => tallies[index]?.calls ?? 0 };
}
