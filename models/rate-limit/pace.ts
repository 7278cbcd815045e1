/** Sends requests one after another, evenly. Pure: it holds no clock. */
export type Pace = {
  /** Requests a second; Infinity for no pace. */
  perSecond: number;
  /** How long until the next may be sent, in milliseconds; 0 for now. */
  waitMs(now: number): number;
  /** Notes that one is sent, and returns how late it is, in milliseconds. */
  sent(now: number): number;
  /** Lets the next be sent at this time. */
  resumeAt(time: number): void;
  /** Lets none be sent before this time. */
  holdUntil(time: number): void;
};

/**
 * What a busy process is late by is made up for, and no more: that would be a burst. Timers are
 * late by a millisecond, so that without it a pace of some hundreds a second could not be kept.
 */
const madeUpForMs = 20;

export function createPace(perSecond: number): Pace {
  let nextAt = -Infinity;
  const pace: Pace = {
    perSecond,
    waitMs: (now) => Math.max(0, nextAt - now),
    sent(now) {
      const lateMs = Math.max(0, now - nextAt);
      nextAt = Math.max(nextAt, now - madeUpForMs) + 1_000 / pace.perSecond;
      return lateMs;
    },
    resumeAt(time) {
      nextAt = time;
    },
    holdUntil(time) {
      nextAt = Math.max(nextAt, time);
    },
  };
  return pace;
}
