import type { Steps } from "../../state/in-slices.ts";
import { normalTail } from "../estimates/normal-distribution.ts";
import { createTrialCounts, type TrialCounts } from "../estimates/clustered-share.ts";
import { flipsOfJuror } from "./flip-weights.ts";
import type { JurorColumn, JuryRows } from "./jury-rows.ts";

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
export function* fooledAlike(rows: JuryRows, by: FooledAlike["by"]): Steps<FooledAlike[]> {
  const pairs = rows.jurors.flatMap((one, at) =>
    rows.jurors.slice(at + 1).map((other) => [one, other] as const),
  );
  const level = falseAlarms / Math.max(1, pairs.length);
  const alike: FooledAlike[] = [];
  for (const pair of pairs) {
    const found = by === "labels" ? wrongTogether(rows, pair) : agreeTogether(rows, pair);
    yield;
    if (found === null || found.trials.size() < fewestRows) continue;
    const { trials, expected, expectedVariance } = found;
    const share = trials.share();
    yield;
    if (share === null) continue;
    // Wilson's interval, which counts prompts, as a variance.
    const error = (share.high - share.low) / (2 * 1.96);
    const z = (share.value - expected) / Math.sqrt(error ** 2 + expectedVariance);
    if (z <= 0 || normalTail(z) > level) continue;
    const jurors = [pair[0].name, pair[1].name] as const;
    alike.push({ jurors, by, share: share.value, expected, rows: trials.size() });
  }
  return alike;
}

type Together = {
  readonly trials: TrialCounts;
  readonly expected: number;
  readonly expectedVariance: number;
};

type Pair = readonly [JurorColumn, JurorColumn];

function wrongTogether({ size, verdict, clusters }: JuryRows, [one, other]: Pair): Together | null {
  const trials = createTrialCounts();
  let [firstWrong, secondWrong] = [0, 0];
  for (let row = 0; row < size; row++) {
    const { label, drawnAtRandom } = verdict(row);
    if ((label !== "a" && label !== "b") || drawnAtRandom === false) continue;
    const [first, second] = [one.reading(row).side, other.reading(row).side];
    if (first === null || second === null) continue;
    if (first !== label) firstWrong += 1;
    if (second !== label) secondWrong += 1;
    trials.add({ success: first !== label && second !== label, cluster: clusters[row]! });
  }
  const n = trials.size();
  if (n === 0) return null;
  const [p, q] = [firstWrong / n, secondWrong / n];
  const expected = p * q + usualCorrelation * Math.sqrt(p * (1 - p) * q * (1 - q));
  return { trials, expected, expectedVariance: 0 };
}

function agreeTogether({ size, clusters }: JuryRows, [one, other]: Pair): Together | null {
  const flips = [flipsOfJuror(one), flipsOfJuror(other)];
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
  const trials = createTrialCounts();
  for (let row = 0; row < size; row++) {
    const [first, second] = [one.reading(row), other.reading(row)];
    for (const order of ["inOrder", "swapped"] as const) {
      const [side, otherSide] = [first[order], second[order]];
      if (side === null || otherSide === null) continue;
      trials.add({ success: side === otherSide, cluster: clusters[row]! });
    }
  }
  return { trials, expected: (1 + Math.sqrt(steady)) / 2, expectedVariance: variance };
}
