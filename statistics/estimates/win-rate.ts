import type { Winner } from "../../state/verdict.ts";
import { createTrialCounts } from "./clustered-share.ts";
import type { Estimate } from "./interval.ts";
import type { Cluster } from "./observations.ts";
import { wilsonInterval } from "./wilson.ts";

/** How many rows each verdict has. */
export type WinCounts = Record<Winner, number>;

export type WinRate = { a: Estimate | null; b: Estimate | null };

/** A row's verdict, and its prompt. */
export type ClusteredVerdict = {
  winner: Winner;
  cluster?: Cluster | undefined;
  /** As in `Trial`. */
  count?: number | undefined;
};

/**
 * How often each side wins, with Wilson's 95 % interval: its wins over all decided and tied rows.
 * A tie is a win of neither, so that the two rates add up to less than 1 where there are ties; a
 * row without a verdict (`none`) stays out. Null where no row is decided or tied.
 */
export function winRate({ a, b, tie }: WinCounts): WinRate {
  const judged = a + b + tie;
  return { a: wilsonInterval(a, judged), b: wilsonInterval(b, judged) };
}

/** The same of rows, some of which may share a prompt (`clusteredShare`). */
export function winRateOfRows(rows: Iterable<ClusteredVerdict>): WinRate {
  const sides = { a: createTrialCounts(), b: createTrialCounts() };
  for (const { winner, cluster, count } of rows) {
    if (winner === "none") continue;
    sides.a.add({ success: winner === "a", cluster, count });
    sides.b.add({ success: winner === "b", cluster, count });
  }
  return { a: sides.a.share(), b: sides.b.share() };
}
