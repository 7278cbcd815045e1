import type { Winner } from "../../state/verdict.ts";
import { binomialUpperTail } from "../estimates/binomial-tail.ts";
import { wilsonInterval } from "../estimates/wilson.ts";

/** A pair that a step of a cascade judged, and a stronger one after it. */
export type JudgedByBoth = {
  readonly cheap: Winner;
  /** By how much the cheap step's scores speak for its winner; null without scores. */
  readonly margin: number | null;
  readonly strong: Winner;
};

/**
 * What was learned of a cheap step: the margin up to which its rows go on · `every`: no margin is
 * good enough, so all go on · `refused`: it agrees with the strong step no better than chance, so
 * it isn't worth asking.
 */
export type LearnedMargin = number | "every" | "refused";

/** Pairs judged by both before a margin may be taken, and at which one has to be. */
export const leastJudged = 30;
export const mostJudged = 100;

/**
 * The share of all pairs, at most, that the cheap step may decide otherwise than the strong one
 * would have. Most of these are close: on recorded judges the cascade keeps its agreement with
 * people.
 */
export const mostOverruled = 0.12;

/** The one-sided level at which the cheap step has to beat chance. */
const chanceLevel = 0.025;

/**
 * Learns, without labels, which rows of a cheap step go on to a stronger one: the smallest margin
 * from `start` on for which Wilson's upper bound of the share of pairs that stay with the cheap
 * step, and that the strong one decides otherwise, is at most `mostOverruled`. A cheap step that
 * agrees with the strong one no better than two raters with their shares of the winners do by chance
 * (exact binomial test) is refused.
 *
 * @param start The margin to begin with, on the scale of the cheap step's scores
 * @returns null where more pairs have to be judged by both
 */
export function learnMargin(judged: readonly JudgedByBoth[], start: number): LearnedMargin | null {
  const readable = judged.filter(({ cheap, strong }) => cheap !== "none" && strong !== "none");
  if (judged.length < leastJudged) return null;
  const isLast = judged.length >= mostJudged;
  if (!beatsChance(readable)) return isLast ? "refused" : null;
  if (isGoodEnough(judged, start)) return start;
  if (!isLast) return null;
  const margins = judged.flatMap(({ margin }) => (margin !== null && margin > start ? margin : []));
  const candidates = [...new Set(margins)].toSorted((one, other) => one - other);
  return candidates.find((margin) => isGoodEnough(judged, margin)) ?? "every";
}

/** Whether two steps agree more often than their shares of the winners make them by chance. */
function beatsChance(readable: readonly JudgedByBoth[]): boolean {
  const n = readable.length;
  if (n === 0) return false;
  const shareOf = (of: "cheap" | "strong", winner: Winner) =>
    readable.filter((one) => one[of] === winner).length / n;
  const expected = (["a", "b", "tie"] as const).reduce(
    (sum, winner) => sum + shareOf("cheap", winner) * shareOf("strong", winner),
    0,
  );
  const agreed = readable.filter(({ cheap, strong }) => cheap === strong).length;
  return binomialUpperTail(agreed, n, expected) <= chanceLevel;
}

function isGoodEnough(judged: readonly JudgedByBoth[], marginAtMost: number): boolean {
  const overruled = judged.filter(
    ({ cheap, margin, strong }) =>
      (cheap === "a" || cheap === "b") &&
      cheap !== strong &&
      (margin === null || margin > marginAtMost + 1e-9),
  ).length;
  const bound = wilsonInterval(overruled, judged.length)?.high ?? 1;
  return bound <= mostOverruled;
}
