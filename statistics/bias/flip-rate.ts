import type { Estimate } from "../estimates/interval.ts";
import { createTrialCounts } from "../estimates/clustered-share.ts";
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
  verdicts: Iterable<{
    flipped?: boolean | undefined;
    cluster?: Cluster | undefined;
    count?: number | undefined;
  }>,
): FlipRate {
  const asked = createTrialCounts();
  let flips = 0;
  for (const { flipped, cluster, count = 1 } of verdicts) {
    if (flipped === undefined) continue;
    asked.add({ success: flipped, cluster, count });
    if (flipped) flips += count;
  }
  return { rate: asked.share(), flipped: flips, asked: asked.size() };
}
