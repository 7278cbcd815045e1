import type { Steps } from "../../state/in-slices.ts";
import { createTrialCounts } from "../estimates/clustered-share.ts";
import type { JuryRows } from "./jury-rows.ts";

/** A juror whose side is largely a matter of order: a coin flips in half of the rows. */
export type Unsteady = {
  readonly juror: string;
  /** How often it named the other side when the responses changed places, with its interval. */
  readonly share: number;
  readonly low: number;
  readonly high: number;
  /** Rows in which it named a side in both orders. */
  readonly rows: number;
};

/** Above this share of flips a juror adds more noise than sense to a jury of equals. */
const mostFlips = 0.3;
const fewestRows = 20;

/** The jurors that flip in more than 30 % of the rows, beyond noise. This needs no labels. */
export function* unsteadyJurors({ size, jurors, clusters }: JuryRows): Steps<Unsteady[]> {
  const unsteady: Unsteady[] = [];
  for (const { name: juror, reading } of jurors) {
    const trials = createTrialCounts();
    for (let row = 0; row < size; row++) {
      const { flipped } = reading(row);
      if (flipped !== null) trials.add({ success: flipped, cluster: clusters[row]! });
    }
    yield;
    const share = trials.size() < fewestRows ? null : trials.share();
    yield;
    if (share === null || share.low <= mostFlips) continue;
    const { value, low, high } = share;
    unsteady.push({ juror, share: value, low, high, rows: trials.size() });
  }
  return unsteady;
}
