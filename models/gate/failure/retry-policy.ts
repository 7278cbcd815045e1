import type { WireFailure } from "../../wire/classify-failure.ts";

/** How long and how often a call is sent again. */
export type RetryPolicy = {
  /**
   * The wait before the second send, in milliseconds; doubled each time, up to 60 times as long.
   */
  readonly retryMs: number;
};

/** The sends of one call. */
export type Retries = {
  /** Notes a failed send; the wait before the next one in milliseconds, null where none follows. */
  readonly waitMsAfter: (failure: WireFailure) => number | null;
};

/**
 * The most sends of one call, by the remedy of its failures; refusals for a rate (429) don't count.
 */
const sendsAtMost = { overloaded: 9, transient: 5, once: 2 } as const;
/** A call that is refused for a day while others come through will not come through. */
const longestHoldMs = 24 * 3_600_000;

/** Opens the count of one call's sends. */
export function createRetries({ retryMs }: RetryPolicy): Retries {
  const failed = { overloaded: 0, transient: 0, once: 0 };
  let heldSince: number | null = null;

  /**
   * Doubles with each failure. Spread out, so that calls that failed together don't return
   * together.
   */
  function backOffMs(): number {
    const failures = failed.overloaded + failed.transient + failed.once;
    return retryMs * Math.min(60, 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
  }

  return {
    waitMsAfter({ remedy, waitMs }) {
      if (remedy === "run" || remedy === "row") return null;
      if (remedy === "wait") {
        heldSince ??= performance.now();
        // The limiter paces all calls to this model, so the call itself need not wait.
        return performance.now() - heldSince < longestHoldMs ? 0 : null;
      }
      failed[remedy] += 1;
      if (failed[remedy] >= sendsAtMost[remedy]) return null;
      return Math.max(waitMs ?? 0, backOffMs());
    },
  };
}
