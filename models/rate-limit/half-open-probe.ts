/**
 * What is done when a provider refuses everything, as one that counts by the minute does once its
 * minute is spent: single requests ask whether it takes any again. Pure: it holds no clock.
 */
export type HalfOpenProbe = {
  readonly isClosed: boolean;
  /**
   * How long until a request may ask, or until the one that asked counts as taken; 0 or less for
   * now. In milliseconds.
   */
  waitMs(now: number): number;
  /** Whether a request has asked and was not refused so far. */
  readonly hasAsked: boolean;
  /** Notes that this request asks. */
  asked(index: number, now: number): void;
  /** Whether it is the request that asked last. */
  isAsking(index: number): boolean;
  /**
   * Notes that everything is refused. `hintMs`: how long the provider says to wait; if it does not,
   * that is decided here.
   */
  refused(now: number, hintMs: number | null): void;
  /** Notes that it is open again. */
  open(): void;
};

/** Pauses are doubled until asking costs no more than this share of what was taken, in a minute. */
const shareForAsking = 0.02;
const mostDoubled = 9;
/** They are at least this share of the time that it has been closed for. */
const shareOfClosed = 0.15;
/**
 * A hint that proves wrong again and again must not cause a storm: pauses are at least this share
 * of those without one.
 */
const shareOfHinted = 0.25;

/**
 * @param firstWaitMs The first pause, in milliseconds.
 * @param silenceMs A question that is not refused in this time was taken: answers take longer than
 *   refusals.
 * @param taken How many requests were taken so far.
 */
export function createHalfOpenProbe(
  firstWaitMs: number,
  silenceMs: () => number,
  taken: () => number,
): HalfOpenProbe {
  let closedAt: number | null = null;
  let asked: { readonly index: number; readonly at: number } | null = null;
  let times = 0;
  let nextAt = -Infinity;
  return {
    get isClosed() {
      return closedAt !== null;
    },
    get hasAsked() {
      return asked !== null;
    },
    waitMs: (now) => (asked === null ? nextAt : asked.at + silenceMs()) - now,
    asked(index, at) {
      asked = { index, at };
    },
    isAsking: (index) => asked?.index === index,
    refused(now, hintMs) {
      closedAt ??= now;
      asked = null;
      const doubledMs = firstWaitMs * 2 ** Math.min(mostDoubled, times);
      const pauseMs = Math.min(doubledMs, 60_000 / Math.max(1, shareForAsking * taken()));
      times += 1;
      nextAt =
        hintMs === null
          ? now + Math.max(pauseMs, shareOfClosed * (now - closedAt))
          : now + Math.max(hintMs, shareOfHinted * pauseMs);
    },
    open() {
      [closedAt, asked, times] = [null, null, 0];
    },
  };
}
