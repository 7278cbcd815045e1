import type { LimitFit } from "./fit-limit.ts";

/** Raises a pace after an estimate: at once to what may well be the limit, and beyond it after a quiet time. No clock. */
export type Climb = {
  /** Follows a new estimate, and returns the pace to go on with, in requests a second. */
  follow(fit: LimitFit, now: number, hints: { isConfirmed: boolean; steadyMs: number }): number;
  /** Notes that requests leave again, after a pause. `lostMs`: how long the pause was. */
  start(now: number, lostMs: number): void;
  /** The pace from now on. */
  next(perSecond: number, now: number): number;
  /** Whether the estimate is certain. */
  readonly isSure: boolean;
  /** Whether the pace has been far above the estimate for so long that what the estimate rests on is out of date. */
  isOutgrown(now: number): boolean;
};

/** A pace this far below the limit is safe from small errors of the estimate and from uneven timers. */
const safety = 0.97;
/** Where several limits are likely, the pace climbs to just below the highest in so many seconds. */
const belowHighest = 0.95;
const climbS = 3;
/** Asking whether a limit was raised costs a pause; so often that all of them cost 3 % of the time. */
const quietPerLost = 33;
const shortestQuietMs = 10_000;
const longestQuietMs = 60_000;

export function createClimb(refusalMs: () => number): Climb {
  let top = Infinity;
  let isSure = false;
  let steadyUntil = 0;
  let climbPerSecond = 0;
  let unsureQuietMs = 0;
  let startedAt = 0;
  let lostMs = 0;
  let raisedAt = 0;
  /** How long it has been growing beyond what is known, in seconds. */
  let beyondS = 0;
  let outgrownAt = Infinity;

  function growth(perSecond: number, now: number, seconds: number): number {
    if (perSecond < top) return now < steadyUntil ? 0 : climbPerSecond;
    const sureQuietMs = Math.max(shortestQuietMs, quietPerLost * lostMs);
    const quietMs = isSure ? Math.min(longestQuietMs, sureQuietMs) : unsureQuietMs;
    if (now - startedAt < quietMs) return 0;
    if (!isSure || perSecond > 1.08 * top) beyondS += seconds;
    const perSecondGrowth = Math.min(0.3, (isSure ? 0.01 : 0.03) + 0.04 * beyondS);
    // What is refused late is known late.
    return perSecondGrowth / Math.max(1, refusalMs() / 1_000);
  }

  return {
    follow(fit, now, { isConfirmed, steadyMs }) {
      const perSecond = safety * fit.perSecond;
      top = Math.max(perSecond, belowHighest * fit.highestPerSecond);
      isSure = isConfirmed && fit.isExplained && top < 1.1 * fit.perSecond;
      steadyUntil = now + steadyMs;
      climbPerSecond = Math.log(Math.max(1.02, top / perSecond)) / climbS;
      unsureQuietMs = Math.max(2_000, 1.2 * fit.depthMs);
      [beyondS, outgrownAt] = [0, Infinity];
      return perSecond;
    },
    start(now, pauseMs) {
      [startedAt, lostMs, raisedAt, outgrownAt] = [now, pauseMs, now, Infinity];
    },
    next(perSecond, now) {
      const seconds = Math.min(1_000, now - raisedAt) / 1_000;
      raisedAt = now;
      const next = perSecond * Math.exp(seconds * growth(perSecond, now, seconds));
      if (perSecond < top) return Math.min(top, next);
      if (next > 1.15 * top) outgrownAt = Math.min(outgrownAt, now);
      return next;
    },
    get isSure() {
      return isSure;
    },
    isOutgrown: (now) => now > outgrownAt + 500 + 2 * refusalMs(),
  };
}
