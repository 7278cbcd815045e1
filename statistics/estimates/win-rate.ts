import type { Winner } from "../../state/verdict.ts";
import type { Estimate } from "./interval.ts";
import { wilsonInterval } from "./wilson.ts";

/** How many rows each verdict has. */
export type WinCounts = Record<Winner, number>;

export type WinRate = { a: Estimate | null; b: Estimate | null };

/**
 * How often each side wins, with Wilson's 95 % interval: its wins over all decided and tied rows.
 * A tie is a win of neither, so that the two rates add up to less than 1 where there are ties; a
 * row without a verdict (`none`) stands outside. Null where no row is decided or tied.
 */
export function winRate(wins: WinCounts): WinRate {
  const judged = wins.a + wins.b + wins.tie;
  return { a: wilsonInterval(wins.a, judged), b: wilsonInterval(wins.b, judged) };
}
