import type { Scores, Winner } from "../../state/verdict.ts";
import { createRandom } from "../estimates/seeded-random.ts";

/** What one agent said of a pair in one of its readings. */
export type DriftVote = {
  /** Its agent and part: votes of one name are compared. */
  readonly name: string;
  readonly winner: Winner;
  readonly scores: Scores | null;
};

/** The votes on one pair: twice by the judge as it was, and later. */
export type JudgedThrice = {
  readonly first: readonly DriftVote[];
  readonly again: readonly DriftVote[];
  readonly later: readonly DriftVote[];
};

/** Random orders that the test compares with; a p value is at least one by one more than that. */
const orders = 20_000;
/** Orders as far as the one seen with which it can end: it is no drift at any level in use. */
const enough = 400;

/**
 * The one-sided p value of a judge being the same later: the share of all orders of the three
 * readings of each pair in which the last one is as far from the other two as it is here. If nothing
 * changed, each of the three is as likely to be the odd one out, however often the judge contradicts
 * itself, so that the level is exact (a permutation test within blocks, with random orders and the
 * one seen among them).
 *
 * Two votes differ by 1 where their winners do, and by the distance of their scores, in parts of the
 * largest distance among these readings.
 *
 * Source: Good, "Permutation, Parametric and Bootstrap Tests of Hypotheses", 2005, section 3.1;
 * Besag and Clifford, "Generalized Monte Carlo significance tests", Biometrika 76, 1989.
 */
export function driftPValue(pairs: readonly JudgedThrice[], seed = "drift"): number {
  const largest = Math.max(1e-9, ...pairs.flatMap(scoreDistances));
  const odd = pairs
    .map(({ first, again, later }) => {
      const between = distance(first, again, largest);
      const ofFirst = distance(first, later, largest);
      const ofAgain = distance(again, later, largest);
      const all = between + ofFirst + ofAgain;
      // How far each of the three is from the other two, less how far these are from each other.
      return [ofFirst + ofAgain, between + ofAgain, between + ofFirst].map(
        (own) => own - 2 * (all - own),
      );
    })
    .filter((three) => three.some((one) => Math.abs(one) > 1e-12));
  const seen = odd.reduce((sum, [later = 0]) => sum + later, 0);
  const random = createRandom(seed);
  let asFar = 1;
  for (let order = 0; order < orders; order += 1) {
    let sum = 0;
    for (const three of odd) sum += three[Math.floor(3 * random())] ?? 0;
    if (sum >= seen - 1e-9) asFar += 1;
    if (asFar > enough) return enough / (order + 1);
  }
  return asFar / (orders + 1);
}

/**
 * The level of a run's check: the first has 0.6 %, later ones less, so that however many there are
 * the judge is called another by mistake in at most 1 % of runs.
 *
 * @param check Counts from 1
 */
export function levelOfCheck(check: number): number {
  return (0.01 * 6) / (Math.PI ** 2 * check ** 2);
}

function distance(one: readonly DriftVote[], other: readonly DriftVote[], largest: number): number {
  const names = new Set([...one, ...other].map(({ name }) => name));
  if (names.size === 0) return 0;
  let sum = 0;
  for (const name of names) {
    const [a, b] = [one, other].map((votes) => votes.find((vote) => vote.name === name));
    if (a === undefined || b === undefined || a.winner !== b.winner) sum += 1;
    if (a?.scores != null && b?.scores != null) sum += scoreDistance(a.scores, b.scores) / largest;
    else if ((a?.scores ?? null) !== (b?.scores ?? null)) sum += 1;
  }
  return sum / names.size;
}

function scoreDistance(one: Scores, other: Scores): number {
  return Math.abs(one.a - other.a) + Math.abs(one.b - other.b);
}

function scoreDistances({ first, again, later }: JudgedThrice): number[] {
  return first.flatMap(({ name, scores }) =>
    [again, later].flatMap((votes) => {
      const other = votes.find((vote) => vote.name === name)?.scores ?? null;
      return scores === null || other === null ? [] : [scoreDistance(scores, other)];
    }),
  );
}
