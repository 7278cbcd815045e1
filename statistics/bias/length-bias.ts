import type { Winner } from "../../state/verdict.ts";
import type { Estimate } from "../estimates/interval.ts";
import { createTrialCounts } from "../estimates/clustered-share.ts";
import type { Cluster } from "../estimates/observations.ts";

/**
 * A judged pair and how long its responses are, in one unit of your choice (characters as a rule).
 */
export type MeasuredVerdict = {
  lengths: { a: number; b: number };
  winner: Winner;
  cluster?: Cluster | undefined;
  /** As in `Trial`. */
  count?: number | undefined;
};

export type LengthBias = {
  /**
   * How often the longer response wins, over decided rows of unequal length. Null without such
   * rows.
   */
  longer: Estimate | null;
  longerWins: number;
  shorterWins: number;
  /** Decided rows of equal length, left out. */
  equalLength: number;
  /** Tied rows, left out. */
  ties: number;
  /** Rows without a verdict, left out. */
  none: number;
};

/**
 * How often the longer response wins, with Wilson's 95 % interval. Longer responses may well be
 * better: the figure for the people's own labels (the same rows with their label as `winner`) is
 * what to compare it with.
 */
export function lengthBias(rows: Iterable<MeasuredVerdict>): LengthBias {
  const counts = { longerWins: 0, shorterWins: 0, equalLength: 0, ties: 0, none: 0 };
  const trials = createTrialCounts();
  for (const row of rows) {
    const kind = kindOf(row);
    counts[kind] += row.count ?? 1;
    if (kind !== "longerWins" && kind !== "shorterWins") continue;
    trials.add({ success: kind === "longerWins", cluster: row.cluster, count: row.count });
  }
  return { longer: trials.share(), ...counts };
}

function kindOf({ lengths, winner }: MeasuredVerdict): Exclude<keyof LengthBias, "longer"> {
  if (winner === "none") return "none";
  if (winner === "tie") return "ties";
  if (lengths.a === lengths.b) return "equalLength";
  const longer = lengths.a > lengths.b ? "a" : "b";
  return winner === longer ? "longerWins" : "shorterWins";
}
