import { atOnce, type Steps } from "../../state/in-slices.ts";
import type { Winner } from "../../state/verdict.ts";
import type { Estimate } from "../estimates/interval.ts";
import { createTrialCounts } from "../estimates/clustered-share.ts";
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
export function positionBias(readings: Iterable<OrderedReading>): PositionBias {
  return atOnce(positionBiasSteps(readings));
}

/** Readings between two pauses: some milliseconds of work. */
const readingsAStep = 50_000;

/** The same in steps. */
export function* positionBiasSteps(readings: Iterable<OrderedReading>): Steps<PositionBias> {
  const counts = { first: 0, second: 0, tie: 0, none: 0 };
  const shownFirst = { a: 0, b: 0 };
  const trials = { first: createTrialCounts(), second: createTrialCounts() };
  let looked = 0;
  for (const reading of readings) {
    const { cluster, count = 1 } = reading;
    const position = positionOf(reading);
    shownFirst[reading.shownFirst] += count;
    counts[position] += count;
    if (position !== "none") {
      trials.first.add({ success: position === "first", cluster, count });
      trials.second.add({ success: position === "second", cluster, count });
    }
    looked += 1;
    if (looked % readingsAStep === 0) yield;
  }
  return {
    first: trials.first.share(),
    second: trials.second.share(),
    counts,
    shownFirst,
  };
}

function positionOf({ shownFirst, winner }: OrderedReading): "first" | "second" | "tie" | "none" {
  if (winner === "tie" || winner === "none") return winner;
  return winner === shownFirst ? "first" : "second";
}
