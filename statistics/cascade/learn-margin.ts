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
 * The share of the pairs that stay with the cheap step, at most, that the strong one may decide
 * otherwise. On such pairs people side with the one almost as often as with the other, as long as
 * they are few: on recorded judges a cascade within these bounds keeps its agreement with people.
 */
export const mostOverruled = 0.25;

/** The same as a share of all pairs. */
export const mostOverruledOfAll = 0.2;

/** The share of pairs that a margin may send on where the bounds don't ask for more. */
const mostSentOn = 0.4;

/** Steps between the margins that are tried, as a part of the margin to begin with. */
const stepShare = 0.25;

/** The one-sided level at which the cheap step has to beat chance. */
const chanceLevel = 0.025;

/**
 * Learns, without labels, which rows of a cheap step go on to a stronger one: the largest margin
 * that sends at most `mostSentOn` of the pairs on, if Wilson's upper bounds hold there, else the
 * smallest above it for which they do. They are of the pairs that stay with the cheap step and that
 * the strong one decides otherwise: at most `mostOverruled` of those that stay, and
 * `mostOverruledOfAll` of all. A cheap step that agrees with the strong one no better than two
 * raters with their shares of the winners do by chance (exact binomial test) is refused.
 *
 * @param usual A usual margin on the scale of the cheap step's scores; those tried are quarters of
 *   it, from 0 (ties alone go on) to five times as much
 * @returns null where more pairs have to be judged by both
 */
export function learnMargin(judged: readonly JudgedByBoth[], usual: number): LearnedMargin | null {
  const readable = judged.filter(({ cheap, strong }) => cheap !== "none" && strong !== "none");
  if (judged.length < leastJudged) return null;
  const isLast = judged.length >= mostJudged;
  if (!beatsChance(readable)) return isLast ? "refused" : null;
  const tried = Array.from({ length: 5 / stepShare + 1 }, (_, step) => {
    const margin = step * stepShare * usual;
    const sentOn = judged.length - stayingAt(judged, margin).length;
    return { margin, sentOn };
  });
  const most = tried.findLast(({ sentOn }) => sentOn <= mostSentOn * judged.length) ?? tried[0];
  const first = tried.findIndex(({ sentOn }) => sentOn === most?.sentOn);
  const [wanted, ...larger] = tried.slice(first).map(({ margin }) => margin);
  if (wanted !== undefined && isGoodEnough(judged, wanted)) return wanted;
  if (!isLast) return null;
  return larger.find((margin) => isGoodEnough(judged, margin)) ?? "every";
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
  const staying = stayingAt(judged, marginAtMost);
  const overruled = staying.filter(({ cheap, strong }) => cheap !== strong).length;
  const bound = (of: number) => wilsonInterval(overruled, of)?.high ?? 1;
  return bound(staying.length) <= mostOverruled && bound(judged.length) <= mostOverruledOfAll;
}

/** The pairs that the cheap step decides. */
function stayingAt(judged: readonly JudgedByBoth[], marginAtMost: number): JudgedByBoth[] {
  return judged.filter(
    ({ cheap, margin }) =>
      (cheap === "a" || cheap === "b") && (margin === null || margin > marginAtMost + 1e-9),
  );
}
