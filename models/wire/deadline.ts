import { setImmediate as nextTurn } from "node:timers/promises";

/** A deadline that can be moved and cancelled. */
export type Deadline = {
  /** Starts the time again. */
  readonly refresh: () => void;
  readonly cancel: () => void;
};

/** A timer set for longer fires at once. */
const longestTimerMs = 2 ** 31 - 1;
/** A timer that fires later than this shows that the process slept or was starved. */
const lateMs = 250;
/** The time for reading what arrived meanwhile, in milliseconds. */
const graceMs = 200;
const mostGraces = 3;

/**
 * Calls `onPassed` once, after so much time in which the process could work. A laptop that sleeps
 * wakes with its timers due and whole answers unread: a timer that fires late first lets the
 * sockets be read, or everything on its way would be thrown away and bought again.
 */
export function createDeadline(lengthMs: number, onPassed: () => void): Deadline {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  let setCount = 0;

  function set(waitMs: number, graces: number): void {
    const dueAt = performance.now() + waitMs;
    const count = (setCount += 1);
    timer = setTimeout(() => void fired(performance.now() - dueAt, graces, count), waitMs);
  }

  async function fired(latenessMs: number, graces: number, count: number): Promise<void> {
    if (latenessMs > lateMs && graces < mostGraces) return set(graceMs, graces + 1);
    await nextTurn();
    if (!isOver && count === setCount) onPassed();
  }

  const cancel = () => {
    isOver = true;
    clearTimeout(timer);
  };
  const refresh = () => {
    clearTimeout(timer);
    if (!isOver) set(Math.min(lengthMs, longestTimerMs), 0);
  };
  refresh();
  return { refresh, cancel };
}
