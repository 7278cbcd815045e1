import type { Estimate } from "../estimates/interval.ts";
import { clusteredShare } from "../estimates/clustered-share.ts";
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
  verdicts: readonly { flipped?: boolean | undefined; cluster?: Cluster | undefined }[],
): FlipRate {
  const asked = verdicts.filter((verdict) => verdict.flipped !== undefined);
  const trials = asked.map(({ flipped, cluster }) => ({ success: flipped === true, cluster }));
  const flipped = trials.filter(({ success }) => success).length;
  return { rate: clusteredShare(trials), flipped, asked: asked.length };
}
