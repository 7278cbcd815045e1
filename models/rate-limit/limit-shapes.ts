import type { Stretch } from "./request-log.ts";

/**
 * One way in which providers count requests (token bucket, sliding window, fixed window: RFC 6585 leaves it to them).
 * Its size is given, its rate is not.
 */
export type LimitShape = {
  readonly name: string;
  /** The rate, in requests a second, at which this shape would have refused as much as was refused. */
  rateFor(sent: readonly Stretch[]): number;
  /** Writes into `refused` how many of each stretch it would have refused at this rate. */
  simulate(sent: readonly Stretch[], perSecond: number, refused: Float64Array): void;
  /** How long, in milliseconds, what it lets through at once would last at its rate. */
  depthMs(perSecond: number): number;
};

/** A request is taken or not; of a stretch a part may be. */
function takenOf(count: number, room: number): number {
  if (count === 1) return room > 0.999 ? 1 : 0;
  return Math.max(0, Math.min(count, room));
}

/** A bucket of so many requests, full at first, that fills evenly. */
export function bucketShape(size: number): LimitShape {
  function simulate(sent: readonly Stretch[], perSecond: number, refused: Float64Array): void {
    const perMs = perSecond / 1_000;
    let room = size;
    let at = sent[0]?.from ?? 0;
    let index = 0;
    for (const { from, to, count } of sent) {
      room = Math.min(size, room + (from - at) * perMs) + (to - from) * perMs;
      const taken = takenOf(count, room);
      room = Math.min(size, room - taken);
      at = to;
      refused[index] = count - taken;
      index += 1;
    }
  }
  return {
    name: `bucket of ${size}`,
    simulate,
    depthMs: (perSecond) => (1_000 * size) / perSecond,
    rateFor: (sent) => rateByBisection(sent, simulate),
  };
}

/** The rate at which as many are refused as were, in all: the higher the rate, the fewer. */
function rateByBisection(sent: readonly Stretch[], simulate: LimitShape["simulate"]): number {
  const simulated = new Float64Array(sent.length);
  const [first, last] = [sent[0], sent.at(-1)];
  const spanS = Math.max(0.1, ((last?.to ?? 0) - (first?.from ?? 0)) / 1_000);
  const count = sent.reduce((total, stretch) => total + stretch.count, 0);
  const refused = sent.reduce((total, stretch) => total + stretch.refused, 0);
  let low = Math.log(0.5 / (spanS + 60));
  let high = Math.log((3 * count) / Math.min(1, spanS) + 3);
  for (let step = 0; step < 12; step += 1) {
    const middle = (low + high) / 2;
    simulate(sent, Math.exp(middle), simulated);
    let total = 0;
    for (const one of simulated) total += one;
    if (total > refused - 0.5) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

/** At most so many in any window of this length. */
export function slidingShape(windowMs: number): LimitShape {
  return {
    name: `sliding window of ${windowMs} ms`,
    depthMs: () => windowMs,
    rateFor(sent) {
      const full: number[] = [];
      slide(sent, windowMs, ({ count, refused }, used) => {
        if (refused > 0) full.push(used + count - refused);
        return count - refused;
      });
      return (1_000 * median(full)) / windowMs;
    },
    simulate(sent, perSecond, refused) {
      const size = (perSecond * windowMs) / 1_000;
      slide(sent, windowMs, ({ count }, used, index) => {
        const taken = takenOf(count, size - used);
        refused[index] = count - taken;
        return taken;
      });
    },
  };
}

/** Goes through the requests; `take` is told how many are in the window, and says how many of a stretch are taken. */
function slide(
  sent: readonly Stretch[],
  windowMs: number,
  take: (stretch: Stretch, used: number, index: number) => number,
): void {
  const inside = new Float64Array(sent.length);
  let used = 0;
  let oldest = 0;
  let index = 0;
  for (const stretch of sent) {
    const since = stretch.to - windowMs;
    let leaving = sent[oldest] ?? stretch;
    while (oldest < index && leaving.to <= since) {
      used -= inside[oldest] ?? 0;
      oldest += 1;
      leaving = sent[oldest] ?? stretch;
    }
    // A stretch leaves the window bit by bit.
    const isLeaving = oldest < index && leaving.from < since;
    const share = isLeaving ? (since - leaving.from) / (leaving.to - leaving.from) : 0;
    const taken = take(stretch, used - share * (inside[oldest] ?? 0), index);
    inside[index] = taken;
    used += taken;
    index += 1;
  }
}

/** At most so many in each of the windows that follow one another; the first began `phase` windows before the first request. */
export function fixedShape(windowMs: number, phase: number): LimitShape {
  return {
    name: `fixed window of ${windowMs} ms from ${phase.toFixed(3)}`,
    depthMs: () => windowMs,
    rateFor(sent) {
      const full: number[] = [];
      let used = 0;
      let isFull = false;
      stepThrough(sent, windowMs, phase, ({ count, refused }, _, isNew, share) => {
        if (isNew && isFull) full.push(used);
        if (isNew) [used, isFull] = [0, false];
        used += (count - refused) * share;
        isFull ||= refused > 0;
      });
      if (isFull) full.push(used);
      return (1_000 * median(full)) / windowMs;
    },
    simulate(sent, perSecond, refused) {
      const size = (perSecond * windowMs) / 1_000;
      let used = 0;
      stepThrough(sent, windowMs, phase, ({ count }, index, isNew, share) => {
        if (isNew) used = 0;
        const taken = takenOf(count, (size - used) / share);
        used += taken * share;
        refused[index] = count - taken;
      });
    },
  };
}

/** Goes through the requests; `isNew`: they end in another window than those before, into which this share of them falls. */
function stepThrough(
  sent: readonly Stretch[],
  windowMs: number,
  phase: number,
  visit: (stretch: Stretch, index: number, isNew: boolean, share: number) => void,
): void {
  const zero = (sent[0]?.from ?? 0) - phase * windowMs;
  let end = -Infinity;
  let index = 0;
  for (const stretch of sent) {
    const { from, to } = stretch;
    if (to < end) visit(stretch, index, false, 1);
    else {
      visit(stretch, index, true, from < end && to > end ? (to - end) / (to - from) : 1);
      end = zero + (Math.floor((to - zero) / windowMs) + 1) * windowMs;
    }
    index += 1;
  }
}

/** The middle one; at least 1, since a provider that takes nothing has no rate. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.max(1, sorted[sorted.length >> 1] ?? 1);
}
