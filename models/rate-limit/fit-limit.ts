import { bucketShape, fixedShape, slidingShape, type LimitShape } from "./limit-shapes.ts";
import type { Stretch } from "./request-log.ts";

/** What refusals tell of a limit. */
export type LimitFit = {
  /** The shape that is taken for the provider's. */
  readonly shape: string;
  readonly perSecond: number;
  /** The highest rate, of all shapes that explain the refusals about as well. */
  readonly highestPerSecond: number;
  /** How long, in milliseconds, what the provider lets through at once would last: a window's length, a bucket's content. */
  readonly depthMs: number;
  /** Whether most refusals of the last 10 seconds are explained; if not, the limit may have changed. */
  readonly isExplained: boolean;
  /** Whether the refusals are so many, over a second at least, that one wall is enough to know the limit. */
  readonly isRich: boolean;
};

type Candidate = {
  readonly shape: LimitShape;
  readonly perSecond: number;
  /** How many refusals it has too many or too few, in all and in the last 10 seconds. */
  readonly missed: number;
  readonly missedLately: number;
};

const windowsMs = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000];
const phases = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const betweenPhases = [-0.075, -0.05, -0.025, 0.025, 0.05, 0.075];
const bucketSizes = Array.from({ length: 13 }, (_, power) => 2 ** power);
const betweenSizes = [0.6, 0.75, 0.87, 1.15, 1.3, 1.6];
/** Counts of refusals give the rate of a bucket only nearly; their places give it exactly. */
const nearRates = [1, 0.97, 0.99, 1.01, 1.03];
const latelyMs = 10_000;
const deepestMs = 90_000;
/** Refusals that fall together are counted together, since clocks and networks shift them. */
const togetherMs = 200;
/** A shape explains the refusals as well as the best one if it misses one more, and this share of all of them. */
const asGood = { rich: 0.015, poor: 0.1 };

/**
 * Finds the limit that would have refused what was refused, and nothing else: each way of counting that providers have is
 * run over the requests as they were sent, at the rate that suits it best (system identification). Many may suit. Of
 * these it takes the one closest to a second's worth at once and, where a rate is expected, to that rate.
 *
 * @param sent In the order sent, none whose end is unknown.
 * @param expected Requests a second; null where nothing is expected.
 * @returns Null where nothing was taken, which tells nothing.
 */
export function fitLimit(sent: readonly Stretch[], expected: number | null): LimitFit | null {
  const firstTaken = sent.findIndex(({ count, refused }) => refused < count);
  if (firstTaken === -1) return null;
  const known = sent.slice(firstTaken);
  const latelyFrom = (known.at(-1)?.to ?? 0) - latelyMs;
  const candidates = candidatesFor(known, latelyFrom).filter(
    ({ shape, perSecond }) => shape.depthMs(perSecond) <= deepestMs,
  );
  if (candidates.length === 0) return null;
  const best = closest(candidates);
  const rich = isRich(known);
  const mayMiss = best.missed + 1 + asGood[rich ? "rich" : "poor"] * refusedIn(known);
  const likely = candidates.filter(({ missed }) => missed <= mayMiss);
  const chosen = likely.reduce((a, b) =>
    unlikeliness(b, expected) < unlikeliness(a, expected) ? b : a,
  );
  const refusedLately = refusedIn(known.filter(({ from }) => from > latelyFrom));
  return {
    shape: chosen.shape.name,
    perSecond: chosen.perSecond,
    highestPerSecond: Math.max(...likely.map(({ perSecond }) => perSecond)),
    depthMs: chosen.shape.depthMs(chosen.perSecond),
    isExplained: best.missedLately <= 1 + 0.3 * refusedLately,
    isRich: rich,
  };
}

function refusedIn(sent: readonly Stretch[]): number {
  return sent.reduce((total, { refused }) => total + refused, 0);
}

function isRich(sent: readonly Stretch[]): boolean {
  const refused = sent.filter((stretch) => stretch.refused > 0);
  const [first, last] = [refused[0], refused.at(-1)];
  return refused.length >= 20 && (last?.from ?? 0) - (first?.from ?? 0) >= 1_000;
}

/** Without other evidence providers count by the second, and a rate that was kept for long is not far off. */
function unlikeliness({ shape, perSecond }: Candidate, expected: number | null): number {
  const farOff = expected === null ? 0 : Math.abs(Math.log(perSecond / expected));
  return 3 * farOff + Math.abs(Math.log(shape.depthMs(perSecond) / 1_000));
}

/** All shapes, first in coarse steps and then in fine ones around the best of each kind. */
function candidatesFor(sent: readonly Stretch[], latelyFrom: number): Candidate[] {
  const simulated = new Float64Array(sent.length);
  function candidate(shape: LimitShape, factors: readonly number[]): Candidate {
    const rate = shape.rateFor(sent);
    const tried = factors.map((factor): Candidate => {
      const perSecond = factor * rate;
      shape.simulate(sent, perSecond, simulated);
      return { shape, perSecond, ...mismatch(sent, simulated, latelyFrom) };
    });
    return closest(tried);
  }
  const bucket = (size: number) => ({ size, ...candidate(bucketShape(size), nearRates) });
  const fixed = (windowMs: number, phase: number) => ({
    phase,
    ...candidate(fixedShape(windowMs, phase), [1]),
  });
  const spanMs = (sent.at(-1)?.to ?? 0) - (sent[0]?.from ?? 0);
  const taken = sent.reduce((total, { count, refused }) => total + count - refused, 0);
  // A bucket from which not all was taken would not have refused anything.
  const buckets = bucketSizes.filter((one) => one <= taken).map(bucket);
  const { size } = closest(buckets);
  return [
    ...buckets,
    // No bucket is smaller than 1.
    ...(size === 1 ? [] : betweenSizes.map((factor) => bucket(factor * size))),
    ...windowsMs.map((windowMs) => candidate(slidingShape(windowMs), [1])),
    ...windowsMs.flatMap((windowMs) => {
      // Where no window ends within the time, all phases are alike.
      const matters = (phase: number) => phase === 0 || (1 - phase) * windowMs < spanMs;
      const coarse = phases.filter(matters).map((phase) => fixed(windowMs, phase));
      const { phase } = closest(coarse);
      const fine = betweenPhases.map((by) => phase + by).filter(matters);
      return [...coarse, ...fine.map((one) => fixed(windowMs, one))];
    }),
  ];
}

function closest<One extends Candidate>(all: readonly One[]): One {
  return all.reduce((a, b) => (b.missed < a.missed ? b : a));
}

function mismatch(sent: readonly Stretch[], simulated: Float64Array, latelyFrom: number) {
  let missed = 0;
  let missedLately = 0;
  let difference = 0;
  let until = -Infinity;
  function close(): void {
    missed += Math.abs(difference);
    if (until > latelyFrom) missedLately += Math.abs(difference);
    difference = 0;
  }
  let index = 0;
  for (const { from, refused } of sent) {
    if (from >= until) {
      close();
      until = from + togetherMs;
    }
    difference += (simulated[index] ?? 0) - refused;
    index += 1;
  }
  close();
  return { missed, missedLately };
}
