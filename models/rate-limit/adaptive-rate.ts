import { createHalfOpenProbe } from "./half-open-probe.ts";
import { createPace } from "./pace.ts";
import { createPaceTrials } from "./pacing-effect.ts";

/**
 * One request on its way, as the limiter knows it. Times are milliseconds of the caller's clock.
 */
export type SentRequest = {
  /** Counts all requests of a limiter from 0, in the order sent. */
  readonly index: number;
  readonly sentAt: number;
  /** The pace at which it left, in requests a second. */
  readonly perSecond: number;
};

/** Adapts the pace of requests to refusals. Pure: it reads no clock and sets no timer. */
export type AdaptiveRate = {
  /** How long until the next request may be sent, in milliseconds; 0 for now. */
  waitMs(now: number): number;
  /** Notes that a request is sent; `waitMs` must have been 0. */
  sent(request: SentRequest): void;
  accepted(request: SentRequest, now: number): void;
  /** `hintMs`: how long the provider asks to wait; null where it does not say. */
  refused(request: SentRequest, now: number, hintMs: number | null): void;
  /** Lets no request be sent before this time. */
  hold(until: number): void;
  /** The present pace, in requests a second; Infinity for none. */
  readonly perSecond: number;
  /** True from the first refusal on. */
  readonly isPaced: boolean;
};

/** The first requests are sent at once, the next ones at a pace that doubles until a refusal. */
const startCount = 16;
const startPerSecond = 16;
const doubleMs = { shortest: 600, longest: 2_000 };
/** So many refusals in a row close the provider; one that refuses by chance may reach the first. */
const closedAfter = { byLimit: 3, byChance: 8 };
/** A run that met the limit at once was far too fast, one that met it late a little. */
const cutTo = { least: 0.7, most: 0.96, lossPerRunMs: 250, afterLongClosure: 0.25 };
const longClosureMs = 10_000;
/** A cut needs so long to show its effect. */
const settleMs = 200;
/** Room for small errors of an estimate and for uneven timers. */
const safety = 0.97;
/** Acceptance over a shorter time says little. */
const measuredMs = 1_000;
/** Passing the ceiling costs a pause; all such pauses together may take 3 % of the time. */
const quietMs = { shortest: 10_000, longest: 60_000, perLost: 33 };
/** Where slowing down is in vain, no pace is above this. */
const fastEnough = 2_000;

type Run = {
  readonly firstIndex: number;
  readonly cutAt: number;
  perSecond: number;
  startedAt: number | null;
  /** How long nothing left before its first request, in milliseconds. */
  lostMs: number;
};

/**
 * Slow start, then additive increase and multiplicative decrease with the failed pace as a
 * ceiling; docs/design/rate-limit.md describes it.
 *
 * @param options.firstWaitMs The scale of all waits without a hint, in milliseconds.
 * @param options.softStart Whether requests are paced before the first refusal.
 */
export function createAdaptiveRate(options: {
  readonly firstWaitMs: number;
  readonly softStart: boolean;
}): AdaptiveRate {
  const pace = createPace(options.softStart ? startPerSecond : Infinity);
  const trials = createPaceTrials();
  const probe = createHalfOpenProbe(
    options.firstWaitMs / 8,
    () => 20 + 1.25 * refusalMs,
    () => takenCount,
  );
  /** The lowest pace that failed since the limit was last out of reach. */
  let ceiling = Infinity;
  let run: Run = { firstIndex: 0, cutAt: 0, perSecond: 0, startedAt: null, lostMs: 0 };
  /** Since the start, or since a refusal a while ago: the accepted requests measure the limit. */
  let measured = { index: 0, from: 0, refused: 0 };
  let isPaced = false;
  let lastRefused = { index: -1, inRow: 0 };
  let heldUntil = -Infinity;
  let sentCount = 0;
  let takenCount = 0;
  let raisedAt = 0;
  let fastestMs = Infinity;
  let refusalMs = 0;

  function waitMs(now: number): number {
    if (now < heldUntil) return heldUntil - now;
    if (probe.isClosed) {
      const wait = probe.waitMs(now);
      if (wait > 0 || !probe.hasAsked) return Math.max(0, wait);
      reopen(now);
    }
    return !isPaced && sentCount < startCount ? 0 : pace.waitMs(now);
  }

  function sent({ index, sentAt: now }: SentRequest): void {
    sentCount = index + 1;
    if (probe.isClosed) return probe.asked(index, now);
    if (index === 0) measured.from = now;
    if (!isPaced && index < startCount) pace.resumeAt(now);
    const lateMs = pace.sent(now);
    if (run.startedAt === null) startRun(now);
    // Only a pace that is used to the full is raised: of another nothing is known.
    if (lateMs < 100 && pace.perSecond !== Infinity) raise(now);
    raisedAt = now;
  }

  function startRun(now: number): void {
    run = { ...run, startedAt: now, lostMs: now - run.cutAt, perSecond: pace.perSecond };
  }

  function raise(now: number): void {
    const seconds = Math.min(1_000, now - raisedAt) / 1_000;
    if (ceiling === Infinity) {
      const { shortest, longest } = doubleMs;
      const known = fastestMs === Infinity ? 1_000 : fastestMs;
      pace.perSecond *= 2 ** ((1_000 * seconds) / Math.min(longest, Math.max(shortest, known)));
      return;
    }
    const { shortest, longest, perLost } = quietMs;
    const untilMs = Math.min(longest, Math.max(shortest, perLost * run.lostMs));
    const ranMs = now - (run.startedAt ?? now);
    if (ranMs < untilMs) {
      // The concave part of CUBIC (RFC 9438): fast far below the ceiling, slow close to it.
      const gap = Math.max(0, safety * ceiling - run.perSecond) * (1 - ranMs / untilMs) ** 3;
      pace.perSecond = Math.max(pace.perSecond, safety * ceiling - gap);
      return;
    }
    // Beyond the ceiling ever faster; refusals that come late are known late.
    const growth = Math.min(0.3, 0.01 + 0.02 * ((ranMs - untilMs) / 1_000));
    pace.perSecond *= 1 + (seconds * growth) / Math.max(1, refusalMs / 1_000);
  }

  function refused(request: SentRequest, now: number, hintMs: number | null): void {
    const { index, sentAt } = request;
    fastestMs = Math.min(fastestMs, now - sentAt);
    refusalMs = Math.max(0.9 * refusalMs, now - sentAt);
    if (index >= measured.index) measured.refused += 1;
    // Without a hint a slower pace is all that spares the provider.
    if (hintMs !== null) trials.refused(index);
    if (probe.isClosed) {
      if (probe.isAsking(index)) probe.refused(now, hintMs);
      return;
    }
    const inRow = index === lastRefused.index + 1 ? lastRefused.inRow + 1 : 1;
    lastRefused = { index, inRow };
    if (!isPaced) return cut(request, now);
    if (inRow >= closedAfter[trials.isInVain ? "byChance" : "byLimit"]) {
      return probe.refused(now, hintMs);
    }
    // One cut for all that were under way, and none before this run had one accepted.
    const isSettled = index >= run.firstIndex && now - run.cutAt >= settleMs;
    if (isSettled && index - inRow >= run.firstIndex) cut(request, now);
  }

  function cut(request: SentRequest, now: number): void {
    const { index, sentAt, perSecond } = request;
    // Refusals among the first, which are sent at once, say nothing about a pace.
    if (!isPaced && index < startCount && perSecond !== Infinity) return begin(now);
    if (trials.isInVain) {
      pace.perSecond = Math.min(fastEnough, 2 * pace.perSecond);
      return begin(now);
    }
    const ranMs = sentAt - (run.startedAt ?? sentAt);
    const ran = index - run.firstIndex;
    const ofFirst = run.firstIndex === 0 ? (1_000 * Math.max(1, ran)) / Math.max(100, ranMs) : 0;
    ceiling = perSecond === Infinity ? ofFirst : Math.max(perSecond, ofFirst);
    const isMeasured = sentAt - measured.from >= measuredMs;
    const least = isMeasured ? safety * acceptedPerSecond(index + 1, sentAt) : 0;
    const refusedShare = measured.refused / (index + 1 - measured.index);
    // Between refusals without a pause all that the limit allows is accepted: that is the limit.
    const isExact = isMeasured && refusedShare > 0.1 && run.lostMs < 100;
    const next = isExact ? least : Math.max(least, cutCeiling(ranMs, ran));
    pace.perSecond = Math.min(safety * ceiling, next);
    if (isMeasured) measured = { index, from: sentAt, refused: 1 };
    begin(now);
  }

  /** The pace after a run of so long and so many requests. */
  function cutCeiling(ranMs: number, ran: number): number {
    const { least, most, lossPerRunMs, afterLongClosure } = cutTo;
    const ms = Math.max(1, ranMs);
    if (ms > measuredMs && run.lostMs > ms) {
      return (run.lostMs > longClosureMs ? afterLongClosure : least) * ceiling;
    }
    const next = ceiling * Math.min(most, Math.max(least, 1 - lossPerRunMs / ms));
    // Most limits are counted by the second: one that was begun and filled in this run is known.
    const isSecond = ms < measuredMs && ms + run.lostMs >= measuredMs;
    return isSecond ? Math.max(ceiling / 2, Math.min(next, most * ran)) : next;
  }

  /** The requests accepted a second since the measurement began, up to this index and time. */
  function acceptedPerSecond(index: number, until: number): number {
    const accepted = index - measured.index - measured.refused;
    return (1_000 * accepted) / Math.max(1, until - measured.from);
  }

  function begin(now: number): void {
    isPaced = true;
    const perSecond = pace.perSecond;
    run = { firstIndex: sentCount, cutAt: now, perSecond, startedAt: null, lostMs: 0 };
    pace.resumeAt(Math.max(now + 1_000 / perSecond, heldUntil));
    trials.begin(sentCount, perSecond);
  }

  function reopen(now: number): void {
    probe.open();
    lastRefused = { index: -1, inRow: 0 };
    const lostMs = now - run.cutAt;
    if (lostMs > longClosureMs) {
      // A long window was spent, and all that it allows was accepted.
      const least = Math.max(0.1, safety * acceptedPerSecond(sentCount, now));
      pace.perSecond = Math.min(pace.perSecond, least);
    }
    const perSecond = pace.perSecond;
    run = { firstIndex: sentCount, cutAt: run.cutAt, perSecond, startedAt: now, lostMs };
    pace.resumeAt(now);
    trials.begin(sentCount, perSecond);
  }

  return {
    waitMs,
    sent,
    refused,
    accepted({ index, sentAt }, now) {
      takenCount += 1;
      fastestMs = Math.min(fastestMs, now - sentAt);
      if (probe.isClosed && probe.isAsking(index)) reopen(now);
    },
    hold(until) {
      heldUntil = Math.max(heldUntil, until);
      pace.holdUntil(heldUntil);
    },
    get perSecond() {
      return pace.perSecond;
    },
    get isPaced() {
      return isPaced;
    },
  };
}
