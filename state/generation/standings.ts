import type { Comparison } from "../evaluation/comparison.ts";
import type { Response } from "../response.ts";
import { winnerOf } from "./rounds.ts";

/** How the responses of a pool are ranked (contract section 4). */
export type Ranking = "pairwise" | "bracket" | "scores";

/** What the evaluator found of a response of a pool; both absent where it found nothing. */
export type Standing = Pick<Response, "rating" | "score">;

/** The scores of the two responses of a comparison, by index; null where its verdict has none. */
export function scoresBy({
  verdict,
  incumbent,
  challenger,
  incumbentIs,
}: Comparison): ReadonlyMap<number, number> | null {
  if (verdict.scores === null) return null;
  const { a, b } = verdict.scores;
  return new Map([
    [incumbent, incumbentIs === "a" ? a : b],
    [challenger, incumbentIs === "a" ? b : a],
  ]);
}

/**
 * The standing of each of `count` responses after these comparisons. `score` is the mean of its
 * scores. `rating` is, from 0 to 1, its share of the comparisons with a verdict, a tie being half
 * (`pairwise`), or the share of the bracket's stages that it survived (`bracket`); under `scores`
 * it is the score.
 */
export function standings(
  count: number,
  comparisons: readonly Comparison[],
  ranking: Ranking,
): Standing[] {
  const rate = ratings[ranking](count, comparisons);
  return Array.from({ length: count }, (_, index) => ({
    rating: rate(index),
    score: meanScore(index, comparisons),
  }));
}

type Rate = (index: number) => number | undefined;

const ratings: Readonly<
  Record<Ranking, (count: number, comparisons: readonly Comparison[]) => Rate>
> = {
  pairwise: (_, comparisons) => (index) => winShare(index, comparisons),
  bracket: (count, comparisons) => {
    const { survived, stages } = playBracket(count, comparisons);
    return (index) => (stages === 0 ? undefined : (survived[index] ?? 0) / stages);
  },
  scores: (_, comparisons) => (index) => meanScore(index, comparisons),
};

/** Whether one response is better than another: by rating, then by score. */
export function isBetter(one: Standing, other: Standing): boolean {
  if (one.rating === undefined || other.rating === undefined) return false;
  if (one.rating !== other.rating) return one.rating > other.rating;
  return one.score !== undefined && other.score !== undefined && one.score > other.score;
}

function meanScore(index: number, comparisons: readonly Comparison[]): number | undefined {
  return mean(comparisons.flatMap((one) => scoresBy(one)?.get(index) ?? []));
}

/** Wins and half the ties among the comparisons with a verdict that a response was in. */
function winShare(index: number, comparisons: readonly Comparison[]): number | undefined {
  return mean(
    comparisons.flatMap(({ incumbent, challenger, won, verdict }) => {
      if (verdict.winner === "none" || ![incumbent, challenger].includes(index)) return [];
      return won === null ? 0.5 : Number(won === index);
    }),
  );
}

/** A single-elimination bracket as far as it has been played. */
type Bracket = {
  /** The two responses that meet next, by index; null where the bracket is over. */
  readonly next: readonly [number, number] | null;
  /** How many stages each response has survived, a stage that it sat out included. */
  readonly survived: readonly number[];
  readonly stages: number;
};

/**
 * Plays a bracket of `count` responses: neighbours meet, the winners meet in the next stage. Of an
 * odd number the last sits the stage out, and is first in the next one. `count - 1` comparisons.
 */
export function playBracket(count: number, comparisons: readonly Comparison[]): Bracket {
  const survived = Array.from({ length: count }, () => 0);
  let left = survived.map((_, index) => index);
  let played = 0;
  let stages = 0;
  while (left.length > 1) {
    const through = left.length % 2 === 1 ? left.slice(-1) : [];
    for (let at = 0; at + 1 < left.length; at += 2) {
      const comparison = comparisons[played];
      const [one = 0, other = 0] = left.slice(at, at + 2);
      if (comparison === undefined) return { next: [one, other], survived, stages };
      through.push(winnerOf(comparison));
      played += 1;
    }
    for (const index of through) survived[index] = (survived[index] ?? 0) + 1;
    left = through;
    stages += 1;
  }
  return { next: null, survived, stages };
}

function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sum = values.reduce((total, value) => total + value, 0);
  // Sums of decimals, without the last bits of binary fractions.
  return Math.round((sum / values.length) * 1e9) / 1e9;
}
