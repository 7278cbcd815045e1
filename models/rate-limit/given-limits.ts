/** What a provider is known to allow; what is not given is not limited. */
export type Limits = {
  readonly requestsPerMinute?: number | undefined;
  /** Of requests and answers together. */
  readonly tokensPerMinute?: number | undefined;
  /** Requests side by side. */
  readonly concurrency?: number | undefined;
};

/** Paces requests by limits that are given. Pure: it holds no clock and sets no timer. */
export type GivenLimits = {
  /**
   * How long until a request may be sent, in milliseconds: 0 for now, Infinity until another has
   * ended.
   */
  waitMs(now: number): number;
  sent(now: number, tokens: number): void;
  /**
   * How long a request that may be sent has yet to wait, in milliseconds, so as not to arrive
   * together with the one before.
   */
  departureMs(now: number): number;
  /** Puts what a request was counted with right, by so many tokens more or less. */
  correct(tokens: number): void;
  ended(): void;
  /** Called when a request has ended, by all who may wait for that. */
  readonly onEnded: Set<() => void>;
};

/** How closely requests may follow each other after the process was late. */
const lateMs = 50;

/**
 * Between the turn of a request and its way out lie writes to the disk, which bring those together
 * that were given their turns one after another. So much of the time between them is kept; all of
 * it would make the slightest delay grow.
 */
const shareOfSpacing = 0.97;

/**
 * Requests are sent evenly, so that no window of the provider's, however short, sees more of them
 * than its share.
 */
export function createGivenLimits(limits: Limits): GivenLimits {
  const { requestsPerMinute = Infinity, tokensPerMinute = Infinity } = limits;
  const { concurrency = Infinity } = limits;
  let open = 0;
  let nextRequestAt = -Infinity;
  let nextTokenAt = -Infinity;
  let departedAt = -Infinity;
  const onEnded = new Set<() => void>();
  return {
    onEnded,
    waitMs(now) {
      if (open >= concurrency) return Infinity;
      return Math.max(0, nextRequestAt - lateMs - now, nextTokenAt - lateMs - now);
    },
    sent(now, tokens) {
      open += 1;
      nextRequestAt = Math.max(nextRequestAt, now - lateMs) + 60_000 / requestsPerMinute;
      nextTokenAt = Math.max(nextTokenAt, now - lateMs) + (60_000 * tokens) / tokensPerMinute;
    },
    departureMs(now) {
      departedAt = Math.max(now, departedAt + (shareOfSpacing * 60_000) / requestsPerMinute);
      return departedAt - now;
    },
    correct(tokens) {
      nextTokenAt += (60_000 * tokens) / tokensPerMinute;
    },
    ended() {
      open -= 1;
      for (const tell of onEnded) tell();
    },
  };
}
