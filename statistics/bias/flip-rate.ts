import type { Estimate } from "../estimates/interval.ts";
import { clusteredShare, type Trial } from "../estimates/clustered-share.ts";
import type { Cluster } from "../estimates/observations.ts";

export type FlipRate = {
  /** Flips over rows asked in both orders, with Wilson's 95 % interval; null where no row was. */
  rate: Estimate | null;
  flipped: number;
  /** Rows asked in both orders. */
  asked: number;
};

/**
 * How often a verdict names the other side when the responses change places. Takes verdicts, or
 * anything with their `flipped`; those without it were asked in one order and don't count.
 */
export function flipRate(
  verdicts: readonly {
    flipped?: boolean | undefined;
    cluster?: Cluster | undefined;
    count?: number | undefined;
  }[],
): FlipRate {
  const asked = verdicts.filter((verdict) => verdict.flipped !== undefined);
  const trials = asked.map(({ flipped, cluster, count }) => ({
    success: flipped === true,
    cluster,
    count,
  }));
  const sumOf = (counted: readonly Trial[]) =>
    counted.reduce((sum, { count = 1 }) => sum + count, 0);
  const flipped = sumOf(trials.filter(({ success }) => success));
  return { rate: clusteredShare(trials), flipped, asked: sumOf(trials) };
}
