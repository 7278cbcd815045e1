import type { StatedLimit } from "../wire/stated-limits.ts";

/** Paces requests by the limits that responses state. Pure: it reads no clock and sets no timer. */
export type StatedPace = {
  /** How long until the next request may be sent, in milliseconds; 0 for now. */
  waitMs(now: number): number;
  sent(now: number): void;
  /** Notes the limits that the response to this request states. */
  heard(index: number, now: number, limits: readonly StatedLimit[]): void;
  /** Notes the tokens of a call. */
  used(tokens: number): void;
};

type Known = {
  readonly stated: StatedLimit;
  readonly index: number;
  readonly resetAt: number;
  /** The longest time to a reset so far, in milliseconds: nearly a window. */
  readonly windowMs: number;
  /** The first statement since `remaining` last rose. */
  readonly first: { readonly remaining: number; readonly resetAt: number };
  /** Whether it fills evenly, as a bucket does: its reset moves away while requests are sent. */
  readonly refills: boolean;
};

/** A provider that stays silent for longer is asked: its statement may be wrong. */
const longestWaitMs = 60_000;
/** Resets may be stated in whole seconds, and answers take a while. */
const roundedMs = 2_500;
const safety = 0.97;

/**
 * The requests that are left, spread over the time until the reset. In a window that is even use;
 * in a bucket the pace settles where it equals the refill, at half of the content.
 */
export function createStatedPace(): StatedPace {
  const known = new Map<string, Known>();
  let sentCount = 0;
  let sentAt = -Infinity;
  let tokensPerRequest = 0;

  /** When the next request may be sent. */
  function nextAt({ stated, index, resetAt, windowMs, refills }: Known, now: number): number {
    const { counts, limit, remaining, resetMs } = stated;
    const cost = counts === "tokens" ? Math.max(1, tokensPerRequest) : 1;
    const perMs = refills && limit !== null ? (safety * (limit - remaining)) / resetMs : 0;
    const refilledAt = perMs > 0 ? sentAt + cost / perMs : Infinity;
    const whole = Math.max(cost, limit ?? stated.remaining);
    if (now >= resetAt) return Math.min(refilledAt, sentAt + (cost * windowMs) / whole);
    const left = Math.floor((remaining - (sentCount - 1 - index) * cost) / cost);
    const evenly = left < 1 ? resetAt : sentAt + (resetAt - sentAt) / (left + 1);
    return Math.min(refilledAt, evenly);
  }

  return {
    waitMs(now) {
      const latest = Math.max(-Infinity, ...[...known.values()].map((one) => nextAt(one, now)));
      return Math.max(0, Math.min(latest, sentAt + longestWaitMs) - now);
    },
    sent(now) {
      sentCount += 1;
      sentAt = now;
    },
    heard(index, now, limits) {
      for (const stated of limits) {
        const last = known.get(stated.name);
        if (last !== undefined && last.index > index) continue;
        const { remaining, resetMs } = stated;
        const resetAt = now + resetMs;
        const isLess = last !== undefined && remaining <= last.stated.remaining;
        const first = isLess ? last.first : { remaining, resetAt };
        const hasMoved = resetAt - first.resetAt > roundedMs + 0.01 * resetMs;
        const windowMs = Math.max(last?.windowMs ?? 0, resetMs);
        const refills = last?.refills === true || hasMoved;
        known.set(stated.name, { stated, index, resetAt, windowMs, first, refills });
      }
    },
    used(tokens) {
      tokensPerRequest += (tokens - tokensPerRequest) * (tokensPerRequest === 0 ? 1 : 0.1);
    },
  };
}
