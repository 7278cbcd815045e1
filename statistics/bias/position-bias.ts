import type { Winner } from "../../state/verdict.ts";
import type { Estimate } from "../estimates/interval.ts";
import { clusteredShare } from "../estimates/clustered-share.ts";
import type { Cluster } from "../estimates/observations.ts";

/** One reading of a pair in one order. */
export type OrderedReading = {
  /** Which response was shown first. */
  shownFirst: "a" | "b";
  /** The verdict on the pair as it is, not as it was shown. */
  winner: Winner;
  cluster?: Cluster | undefined;
  /** As in `Trial`. */
  count?: number | undefined;
};

export type PositionBias = {
  /**
   * How often the response shown first won, over decided and tied readings. Null without such
   * readings.
   */
  first: Estimate | null;
  /** How often the response shown second won. */
  second: Estimate | null;
  counts: { first: number; second: number; tie: number; none: number };
  /** How often each response was shown first, over all readings. */
  shownFirst: { a: number; b: number };
};

/**
 * How often each position wins, with Wilson's 95 % intervals. A judge without bias gives both
 * positions the same rate if each response stood first equally often (`orders: both`). In readings
 * of one order alone a better response looks like a better position; `shownFirst` tells which it
 * was.
 */
export function positionBias(readings: readonly OrderedReading[]): PositionBias {
  const counts = { first: 0, second: 0, tie: 0, none: 0 };
  const shownFirst = { a: 0, b: 0 };
  for (const reading of readings) {
    const { count = 1 } = reading;
    shownFirst[reading.shownFirst] += count;
    counts[positionOf(reading)] += count;
  }
  const judged = readings.filter(({ winner }) => winner !== "none");
  const rateOf = (position: "first" | "second") =>
    clusteredShare(
      judged.map((reading) => ({
        success: positionOf(reading) === position,
        cluster: reading.cluster,
        count: reading.count,
      })),
    );
  return {
    first: rateOf("first"),
    second: rateOf("second"),
    counts,
    shownFirst,
  };
}

function positionOf({ shownFirst, winner }: OrderedReading): "first" | "second" | "tie" | "none" {
  if (winner === "tie" || winner === "none") return winner;
  return winner === shownFirst ? "first" : "second";
}
