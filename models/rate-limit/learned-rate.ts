import { createClimb } from "./rate-increase.ts";
import { createClosedWindow } from "./half-open-probe.ts";
import { createLimitEstimator } from "./limit-estimator.ts";
import { createPace } from "./pace.ts";
import { createPaceTrials } from "./pacing-effect.ts";

/** One request on its way, as the limiter knows it. Times are milliseconds of the clock that the limiter is told. */
export type SentRequest = {
  /** Counts all requests of a limiter from 0, in the order sent. */
  readonly index: number;
  readonly sentAt: number;
  /** The pace at which it left, in requests a second. */
  readonly perSecond: number;
};

/** What is known of a refusal: whether no other limit explains it, and how long the provider says to wait. */
export type RefusalReason = { readonly isRateToBlame: boolean; readonly hintMs: number | null };

/** Learns from refusals how many requests a second a provider takes. Pure: it holds no clock and sets no timer. */
export type LearnedRate = {
  /** How long until the next request may leave, in milliseconds; 0 for now. */
  waitMs(now: number): number;
  /** Notes that a request leaves; it must be one that need not wait. */
  sent(request: SentRequest): void;
  /** Notes that a request was taken. */
  accepted(request: SentRequest, now: number): void;
  /** Notes a refusal. */
  refused(request: SentRequest, now: number, why: RefusalReason): void;
  /** The present pace, in requests a second; Infinity for none. */
  readonly perSecond: number;
  /** True from the first refusal on. */
  readonly isPaced: boolean;
};

/** Requests since the last cut. */
type Run = {
  readonly cutAt: number;
  readonly firstIndex: number;
  startedAt: number | null;
  /** How many of the first ones were refused, with none taken between them. */
  refusedFirst: number;
};

/** So many leave at once at first, then so many a second, ever faster. */
const startCount = 16;
const startPerSecond = 16;
/** So many refusals in a row, and a window is closed; by chance there may be more. */
const closedAfter = { byLimit: 3, byChance: 8 };
/** A pace that was kept this long was not far off. */
const longMs = 3_000;
/** Where slowing down is in vain, each run is twice as fast as the one before, up to so many a second. */
const fastEnough = 2_000;

/**
 * A soft start until the first refusal: the pace doubles every second, faster where answers come fast. From then on requests
 * leave evenly, at 97 % of the limit that explains all refusals (`fitLimit`). The pace climbs on while several limits are
 * likely, and asks seldom whether the limit was raised. When a provider refuses everything, single requests ask
 * whether it takes any again. Where it refuses as many at a slow pace as at a fast one, its own words alone slow us down. What
 * it says about waiting is obeyed by all.
 *
 * @param firstWaitMs The scale of all waiting without a hint, in milliseconds.
 */
export function createLearnedRate({
  firstWaitMs,
  softStart,
}: {
  readonly firstWaitMs: number;
  readonly softStart: boolean;
}): LearnedRate {
  const limit = createLimitEstimator();
  const pace = createPace(softStart ? startPerSecond : Infinity);
  const climb = createClimb(() => limit.refusalMs);
  const closed = createClosedWindow(
    firstWaitMs / 8,
    () => 3 * Math.max(20, limit.refusalMs),
    () => takenCount,
  );
  const trials = createPaceTrials();
  let run: Run = { cutAt: 0, firstIndex: 0, startedAt: null, refusedFirst: 0 };
  let isPaced = false;
  let isEstimated = false;
  let sentCount = 0;
  let takenCount = 0;
  /** Walls after the first one. */
  let wallCount = 0;
  /** The pace is not cut below this, in requests a second. */
  let least = 0;
  let heldUntil = -Infinity;
  let doubledAt = 0;
  let fastestMs = Infinity;
  /** The mean pace of a long run that came to a limit. */
  let expected: number | null = null;
  /** The pace at its end: no higher limit would have refused anything. */
  let highest = Infinity;

  function waitMs(now: number): number {
    if (now < heldUntil) return heldUntil - now;
    if (closed.isClosed) {
      const wait = closed.waitMs(now);
      if (wait > 0 || !closed.hasAsked) return Math.max(0, wait);
      reopen(now);
    }
    return !isPaced && sentCount < startCount ? 0 : pace.waitMs(now);
  }

  function sent({ index, sentAt: now }: SentRequest): void {
    sentCount = index + 1;
    limit.sent(now);
    if (closed.isClosed) return closed.asked(index, now);
    if (!isPaced && index < startCount) pace.resumeAt(now);
    const lateMs = pace.sent(now);
    if (run.startedAt === null) startRun(now);
    if (pace.perSecond === Infinity) return;
    // Only a pace that is used to the full is raised: of another nothing is known.
    raise(now, lateMs < 100);
  }

  function startRun(now: number): void {
    run.startedAt = now;
    climb.start(now, now - run.cutAt);
    if (limit.isStale && isEstimated) estimate(now);
  }

  function raise(now: number, isUsed: boolean): void {
    if (isEstimated) {
      const next = climb.next(pace.perSecond, now);
      if (isUsed) pace.perSecond = next;
      if (climb.isOutgrown(now)) limit.forget(run.startedAt ?? now);
      return;
    }
    const doubleMs =
      fastestMs === Infinity ? 1_000 : Math.min(2_000, Math.max(500, 0.7 * fastestMs));
    if (isUsed) pace.perSecond *= 2 ** (Math.min(1_000, now - doubledAt) / doubleMs);
    doubledAt = now;
  }

  function refused(request: SentRequest, now: number, why: RefusalReason): void {
    limit.refused(request.index, request.sentAt, now);
    // Without a hint a slower pace is all that spares the provider.
    if (why.hintMs !== null) trials.refused(request.index);
    fastestMs = Math.min(fastestMs, now - request.sentAt);
    if (why.hintMs !== null) hold(now + why.hintMs);
    if (!why.isRateToBlame) return forgetRate();
    if (closed.isClosed) {
      if (closed.isAsking(request.index)) closed.refused(now, why.hintMs);
      return;
    }
    if (isPaced && request.index === run.firstIndex + run.refusedFirst) {
      run.refusedFirst += 1;
      if (run.refusedFirst >= closedAfter[trials.isInVain ? "byChance" : "byLimit"]) {
        return closed.refused(now, why.hintMs);
      }
    }
    if (!isEstimated) return isAtStart(request) ? beginAgain(now) : cut(request, now);
    if (!limit.isDue(now)) return;
    // What was sent before the cut says more of the same wall.
    if (request.index < run.firstIndex) estimate(now);
    else cut(request, now);
  }

  function hold(until: number): void {
    heldUntil = Math.max(heldUntil, until);
    pace.holdUntil(heldUntil);
  }

  function isAtStart({ index, perSecond }: SentRequest): boolean {
    return index < startCount && perSecond !== Infinity;
  }

  /** Refusals among the first, which leave at once, tell of no pace. */
  function beginAgain(now: number): void {
    if (!isPaced) beginRun(now);
  }

  function beginRun(now: number): void {
    isPaced = true;
    run = { cutAt: now, firstIndex: sentCount, startedAt: null, refusedFirst: 0 };
    pace.resumeAt(Math.max(now + 1_000 / pace.perSecond, heldUntil));
    trials.begin(sentCount, pace.perSecond);
  }

  function cut({ index, perSecond }: SentRequest, now: number): void {
    if (trials.isInVain) {
      pace.perSecond = Math.min(fastEnough, 2 * pace.perSecond);
      return beginRun(now);
    }
    const ranMs = now - (run.startedAt ?? now);
    const wasSure = isEstimated && climb.isSure && ranMs > 2_000;
    if (isEstimated && ranMs > 1_000) wallCount += 1;
    highest = isEstimated && ranMs > longMs ? perSecond : Infinity;
    const meanPerSecond = (1_000 * (index - run.firstIndex)) / Math.max(1, ranMs);
    if (highest !== Infinity) expected = meanPerSecond;
    // A limit that is far lower shows by refusing everything. At the start the pace may be more than there is to send.
    least = (isEstimated ? perSecond : Math.min(perSecond, 2 * meanPerSecond)) / 3;
    run.startedAt = null;
    estimate(now);
    if (wasSure) pace.perSecond = Math.min(pace.perSecond, 0.97 * perSecond);
    beginRun(now);
  }

  function estimate(now: number): void {
    if (trials.isInVain) return;
    const found = limit.estimate(now, expected);
    if (found === null) return;
    const highestPerSecond = Math.min(found.highestPerSecond, Math.max(found.perSecond, highest));
    const fit = { ...found, highestPerSecond };
    isEstimated = true;
    const isConfirmed = wallCount > 0 || fit.isRich;
    const steadyMs = Math.max(0, heldUntil - now) + 1_000 + limit.refusalMs;
    pace.perSecond = Math.max(least, climb.follow(fit, now, { isConfirmed, steadyMs }));
  }

  function reopen(now: number): void {
    closed.open();
    least = 0;
    highest = Infinity;
    run.startedAt = now;
    climb.start(now, now - run.cutAt);
    pace.resumeAt(now);
    if (isEstimated) estimate(now);
    trials.begin(sentCount, pace.perSecond);
  }

  /** Another limit explains what was refused, so that it taught nothing of the rate. */
  function forgetRate(): void {
    if (!isEstimated) return;
    isEstimated = false;
    limit.forget(Infinity);
    run = { ...run, firstIndex: sentCount };
  }

  return {
    waitMs,
    sent,
    refused,
    accepted({ index, sentAt }, now) {
      takenCount += 1;
      fastestMs = Math.min(fastestMs, now - sentAt);
      if (closed.isClosed && closed.isAsking(index)) reopen(now);
    },
    get perSecond() {
      return pace.perSecond;
    },
    get isPaced() {
      return isPaced;
    },
  };
}
