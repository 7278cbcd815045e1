import type { Limiter, Ticket } from "./limiter.ts";

/** Calls that wait for their turn, first come first served. */
export type LimitLine = {
  /**
   * Resolves with a ticket when a request may be sent, and with null when the signal is aborted
   * first.
   */
  join(tokens: number, signal: AbortSignal): Promise<Ticket | null>;
  /** Looks again: something ended. */
  move(): void;
};

type Waiting = { readonly tokens: number; readonly leave: (ticket: Ticket | null) => void };

/**
 * The line in front of a limiter, with the clock and the one timer that the limiter does without.
 */
export function createLimitLine(limiter: Limiter): LimitLine {
  const waiting = new Set<Waiting>();
  let timer: NodeJS.Timeout | undefined;

  function move(): void {
    clearTimeout(timer);
    for (const first of waiting) {
      const now = performance.now();
      const waitMs = limiter.waitMs(now);
      if (waitMs > 0) {
        // A timer set for longer fires at once.
        if (waitMs !== Infinity) timer = setTimeout(move, Math.min(waitMs, 2 ** 31 - 1));
        return;
      }
      first.leave(limiter.take(now, first.tokens));
    }
  }

  return {
    move,
    join(tokens, signal) {
      if (signal.aborted) return Promise.resolve(null);
      const now = performance.now();
      if (waiting.size === 0 && limiter.waitMs(now) <= 0) {
        return Promise.resolve(limiter.take(now, tokens));
      }
      return new Promise((resolve) => {
        const onAbort = () => leave(null);
        const leave = (ticket: Ticket | null) => {
          signal.removeEventListener("abort", onAbort);
          waiting.delete(mine);
          if (waiting.size === 0) clearTimeout(timer);
          resolve(ticket);
        };
        const mine = { tokens, leave };
        signal.addEventListener("abort", onAbort, { once: true });
        waiting.add(mine);
        if (waiting.size === 1) move();
      });
    },
  };
}
