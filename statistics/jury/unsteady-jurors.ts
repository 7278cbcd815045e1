import { clusteredShare } from "../estimates/clustered-share.ts";
import { flipsOfJuror } from "./flip-weights.ts";
import type { JudgedByJury } from "./judged-by-jury.ts";

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
export function unsteadyJurors(
  rows: readonly JudgedByJury[],
  names: readonly string[],
): Unsteady[] {
  return names.flatMap((juror) => {
    const trials = rows.flatMap(({ votes, cluster }) => {
      const { asked, flipped } = flipsOfJuror([{ votes }], juror);
      return asked === 0 ? [] : [{ success: flipped > 0, cluster }];
    });
    const share = trials.length < fewestRows ? null : clusteredShare(trials);
    if (share === null || share.low <= mostFlips) return [];
    return [{ juror, share: share.value, low: share.low, high: share.high, rows: trials.length }];
  });
}
