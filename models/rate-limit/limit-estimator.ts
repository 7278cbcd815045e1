import { fitLimit, type LimitFit } from "./fit-limit.ts";
import { createRequestLog } from "./request-log.ts";

/** Learns the limit of a provider from what it refuses. Pure: it holds no clock. */
export type LimitEstimator = {
  /** Notes that the next request leaves; requests count from 0. */
  sent(now: number): void;
  refused(index: number, sentAt: number, now: number): void;
  /** What is known by now; null where that is nothing. `expected`: the rate to believe in, other things equal. */
  estimate(now: number, expected: number | null): LimitFit | null;
  /** Whether the last estimate is so old that another is worth its while. */
  isDue(now: number): boolean;
  /** Whether something was refused since the last estimate. */
  readonly isStale: boolean;
  /** How long a refusal takes to come back, in milliseconds; 0 before the first. */
  readonly refusalMs: number;
  /** Drops what it knows of the time before. */
  forget(before: number): void;
};

/** When a limit changes, what was refused before contradicts what is refused now, and is dropped step by step. */
const memoriesMs = [Infinity, 10_000, 3_000];
/** An estimate takes some milliseconds. */
const estimateEveryMs = 250;

export function createLimitEstimator(): LimitEstimator {
  let refusalMs = 0;
  let lastRefusedAt = -Infinity;
  let estimatedAt = -Infinity;
  let isStale = false;
  const log = createRequestLog(() => 2_000 + 3 * refusalMs);
  return {
    sent: (now) => log.sent(now),
    refused(index, sentAt, now) {
      log.refused(index);
      const tookMs = now - sentAt;
      refusalMs = refusalMs === 0 ? tookMs : refusalMs + (tookMs - refusalMs) / 4;
      lastRefusedAt = Math.max(lastRefusedAt, sentAt);
      isStale = true;
    },
    estimate(now, expected) {
      isStale = false;
      estimatedAt = now;
      // What becomes of later requests nobody knows yet.
      const known = Math.max(lastRefusedAt, now - 2 * refusalMs);
      let fit: LimitFit | null = null;
      for (const memoryMs of memoriesMs) {
        log.forget(known - memoryMs);
        fit = fitLimit(log.until(known), expected);
        if (fit === null || fit.isExplained) break;
      }
      return fit;
    },
    isDue: (now) => now - estimatedAt >= estimateEveryMs,
    get isStale() {
      return isStale;
    },
    get refusalMs() {
      return refusalMs;
    },
    forget: (before) => log.forget(before),
  };
}
