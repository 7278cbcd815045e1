import { isSwappedPart } from "../../state/calls/part.ts";
import type { Vote } from "../../state/verdict.ts";
import { clusteredShare } from "../estimates/clustered-share.ts";
import { normalTail } from "../estimates/normal-distribution.ts";
import type { JudgedByJury } from "./judged-by-jury.ts";
import { flipsOfJuror } from "./flip-weights.ts";

/** Two jurors who err together beyond chance, and so are no two opinions. */
export type FooledAlike = {
  readonly jurors: readonly [string, string];
  /** `labels`: both wrong at once · `flips`: they name the same side */
  readonly by: "labels" | "flips";
  /** How often, from 0 to 1, over `rows`. */
  readonly share: number;
  /** How often that would be, at most, if they shared nothing but hard rows. */
  readonly expected: number;
  readonly rows: number;
};

/** Errors of any two judges are correlated so much, because rows are hard for both. */
const usualCorrelation = 0.3;
const fewestRows = 20;
/** Chance alone names any pair of a jury in so many of its runs at most. */
const falseAlarms = 0.05;

/**
 * Pairs of jurors who are fooled alike.
 *
 * With labels: both take the worse side more often than a correlation of their errors of .3
 * explains. Less than that is usual, because some rows are hard for everyone.
 *
 * Without labels: they name the same side of the pairs shown in the same order more often than
 * their flips allow. Let q be how far a juror leans to a side in a row, from -1 to 1. Two readings
 * of one juror agree with probability (1 + E[q q]) / 2, those of two jurors whose errors are
 * independent in each row with (1 + E[q r]) / 2, and by Cauchy and Schwarz E[q r] is the root of
 * E[q q] E[r r] at most. More agreement than that is error in common, such as a liking for what
 * stands first. A habit that the order doesn't show, such as a liking for length, needs labels.
 */
export function fooledAlike(
  rows: readonly JudgedByJury[],
  names: readonly string[],
  fromLabels: boolean,
): FooledAlike[] {
  const pairs = names.flatMap((one, at) =>
    names.slice(at + 1).map((other) => [one, other] as const),
  );
  const level = falseAlarms / Math.max(1, pairs.length);
  return pairs.flatMap((pair) => {
    const found = fromLabels ? wrongTogether(rows, pair) : agreeTogether(rows, pair);
    if (found === null || found.trials.length < fewestRows) return [];
    const { trials, expected, expectedVariance } = found;
    const share = clusteredShare(trials);
    if (share === null) return [];
    // Wilson's interval, which counts prompts, as a variance.
    const error = (share.high - share.low) / (2 * 1.96);
    const z = (share.value - expected) / Math.sqrt(error ** 2 + expectedVariance);
    if (z <= 0 || normalTail(z) > level) return [];
    const by = fromLabels ? ("labels" as const) : ("flips" as const);
    return [{ jurors: pair, by, share: share.value, expected, rows: trials.length }];
  });
}

type Together = {
  readonly trials: readonly { readonly success: boolean; readonly cluster: string | number }[];
  readonly expected: number;
  readonly expectedVariance: number;
};

function wrongTogether(
  rows: readonly JudgedByJury[],
  [one, other]: readonly [string, string],
): Together | null {
  const wrong = rows.flatMap(({ votes, label, cluster }) => {
    const [first, second] = [sideOf(votes, one), sideOf(votes, other)];
    if (label !== "a" && label !== "b") return [];
    if (first === null || second === null) return [];
    return [{ first: first !== label, second: second !== label, cluster }];
  });
  if (wrong.length === 0) return null;
  const rate = (side: "first" | "second") => wrong.filter((row) => row[side]).length / wrong.length;
  const [p, q] = [rate("first"), rate("second")];
  const trials = wrong.map(({ first, second, cluster }) => ({ success: first && second, cluster }));
  const expected = p * q + usualCorrelation * Math.sqrt(p * (1 - p) * q * (1 - q));
  return { trials, expected, expectedVariance: 0 };
}

function agreeTogether(
  rows: readonly JudgedByJury[],
  [one, other]: readonly [string, string],
): Together | null {
  const flips = [flipsOfJuror(rows, one), flipsOfJuror(rows, other)];
  if (flips.some(({ asked }) => asked < fewestRows)) return null;
  const [p = 0, q = 0] = flips.map(({ flipped, asked }) => flipped / asked);
  const steady = Math.max(0, 1 - 2 * p) * Math.max(0, 1 - 2 * q);
  const slope = Math.sqrt(Math.max(steady, 0.01));
  const variance = flips
    .map(({ flipped, asked }, at) => {
      const f = (flipped + 1) / (asked + 2);
      const others = Math.max(0, 1 - 2 * (at === 0 ? q : p));
      return ((others / (2 * slope)) ** 2 * 4 * f * (1 - f)) / (4 * asked);
    })
    .reduce((sum, part) => sum + part, 0);
  const trials = rows.flatMap(({ votes, cluster }) =>
    [false, true].flatMap((swapped) => {
      const [first, second] = [one, other].map((name) => readingOf(votes, name, swapped));
      if (first == null || second == null) return [];
      return [{ success: first === second, cluster }];
    }),
  );
  return { trials, expected: (1 + Math.sqrt(steady)) / 2, expectedVariance: variance };
}

function readingOf(votes: readonly Vote[], name: string, swapped: boolean): "a" | "b" | null {
  const vote = votes.find(
    ({ agent, parsed, part }) => agent === name && parsed && isSwappedPart(part) === swapped,
  );
  return vote?.winner === "a" || vote?.winner === "b" ? vote.winner : null;
}

/** The side that a juror's readable votes name, where none names the other. */
function sideOf(votes: readonly Vote[], name: string): "a" | "b" | null {
  const sides = new Set(
    votes.filter(({ agent, parsed }) => agent === name && parsed).map(({ winner }) => winner),
  );
  if (sides.has("a") === sides.has("b")) return null;
  return sides.has("a") ? "a" : "b";
}
