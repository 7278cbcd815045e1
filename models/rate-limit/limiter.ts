import type { GivenLimits } from "./given-limits.ts";
import type { StatedLimit } from "../wire/stated-limits.ts";
import { createAdaptiveRate, type SentRequest } from "./adaptive-rate.ts";
import { createLearnedConcurrency, type OpenRequest } from "./learned-concurrency.ts";
import { createLearnedSlots } from "./learned-slots.ts";
import { createStatedPace } from "./stated-pace.ts";

/** One request that the limiter allowed; the end of each must be reported to it, once. */
export type Ticket = SentRequest & OpenRequest & { readonly tokens: number };

/**
 * Decides when requests to one model may be sent: paced by the limits that are given, those that
 * responses state and those that refusals teach. A state machine over the caller's clock, in
 * milliseconds from any beginning: it sets no timer and reads no clock.
 */
export type Limiter = {
  /**
   * How long until a request may be sent, in milliseconds: 0 for now, Infinity until another has
   * ended.
   */
  waitMs(now: number): number;
  /**
   * How many requests the provider works on at once, as its refusals or the times of its answers
   * show; Infinity while nothing does, 0 while it holds them back.
   */
  slots(now: number): number;
  /**
   * Lets a request out; `waitMs` must have been 0. `tokens`: what it is believed to need, its
   * answer included.
   */
  take(now: number, tokens: number): Ticket;
  /** The response to the request states these limits; called before its end. */
  stated(ticket: Ticket, now: number, limits: readonly StatedLimit[]): void;
  /**
   * The provider took the request, whatever its result; `tokens`: what it needed in truth, where
   * that is known; `work`: how much the answer took of it, in any unit, 0 where there is none.
   */
  accepted(ticket: Ticket, now: number, tokens: number | null, work?: number): void;
  /** The provider refused it for its limit; `hintMs`: how long it asks to wait. */
  refused(ticket: Ticket, now: number, hintMs: number | null): void;
  /** The request never left, or never arrived. */
  dropped(ticket: Ticket): void;
};

export type LimiterOptions = {
  /** Those of the model and those of its provider, which other limiters may share. */
  readonly given?: readonly GivenLimits[];
  /** Whether the first seconds are paced before anything is known. Default true. */
  readonly softStart?: boolean;
  /** The scale of all waiting without a hint, in milliseconds. Default 1 second. */
  readonly firstWaitMs?: number;
};

/** A longer wait than this is no pace but a pause, in milliseconds. */
const heldMs = 1_000;

/** Opens the limiter of one model. */
export function createLimiter(options: LimiterOptions = {}): Limiter {
  const { given = [], softStart = true, firstWaitMs = 1_000 } = options;
  const rate = createAdaptiveRate({ firstWaitMs, softStart });
  const concurrency = createLearnedConcurrency();
  const learned = createLearnedSlots();
  const statedPace = createStatedPace();
  let sentCount = 0;
  let openCount = 0;

  function end(ticket: Ticket, now: number): void {
    ticket.endedAt = now;
    openCount -= 1;
    for (const limits of given) limits.ended();
  }

  function correct(ticket: Ticket, tokens: number | null): void {
    if (tokens === null) return;
    for (const limits of given) limits.correct(tokens - ticket.tokens);
  }

  return {
    waitMs(now) {
      const wait = Math.max(
        rate.waitMs(now),
        statedPace.waitMs(now),
        ...given.map((limits) => limits.waitMs(now)),
      );
      if (openCount < concurrency.limit) return wait;
      if (wait === 0) concurrency.bound(now);
      return Infinity;
    },
    slots: (now) => (rate.waitMs(now) > heldMs ? 0 : Math.min(concurrency.limit, learned.slots)),
    take(now, tokens) {
      const known = { index: sentCount, sentAt: now, perSecond: rate.perSecond, tokens };
      const ticket = { ...known, openBefore: openCount, endedAt: null, isRefused: false };
      sentCount += 1;
      openCount += 1;
      rate.sent(ticket);
      statedPace.sent(now);
      concurrency.sent(ticket);
      for (const limits of given) limits.sent(now, tokens);
      return ticket;
    },
    stated(ticket, now, limits) {
      statedPace.heard(ticket.index, now, limits);
    },
    accepted(ticket, now, tokens, work = 0) {
      if (work > 0) learned.answered(ticket.openBefore + 1, (now - ticket.sentAt) / work);
      if (tokens !== null) statedPace.used(tokens);
      correct(ticket, tokens);
      end(ticket, now);
      rate.accepted(ticket, now);
    },
    refused(ticket, now, hintMs) {
      ticket.isRefused = true;
      correct(ticket, 0);
      end(ticket, now);
      // Until they are sent evenly, a limit on open requests looks the same as one on their rate.
      const isTooManyOpen = rate.isPaced && concurrency.refused(ticket, now);
      if (hintMs !== null) rate.hold(now + hintMs);
      if (!isTooManyOpen) rate.refused(ticket, now, hintMs);
    },
    dropped(ticket) {
      correct(ticket, 0);
      end(ticket, ticket.sentAt);
    },
  };
}
