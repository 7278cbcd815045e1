/**
 * Learns from the times of answers how many requests a server works on side by side. Pure: it holds
 * no clock.
 */
export type LearnedSlots = {
  /**
   * How many may be open so that its slots are busy; Infinity while no answer has had to wait in
   * the server.
   */
  readonly slots: number;
  /**
   * Notes an answer. `open`: requests open when it was asked for, itself included; `ms`: the time
   * until it came, for one unit of work.
   */
  answered(open: number, ms: number): void;
};

/** Answers that were asked for with about so many requests open: their number, and means. */
type Level = {
  readonly weight: number;
  readonly open: number;
  readonly ms: number;
  /** Of `ms` squared. */
  readonly squared: number;
};

/** Levels are so far apart. */
const step = 1.15;
/** A level forgets: so many answers count. */
const remembered = 200;
/** Fewer answers than these say nothing about a time. */
const fewest = 8;
/** Times that are no more apart than this many standard errors may be the same. */
const standardErrors = 1.5;
/** Answers that take so much longer than those of an idle server have waited for a slot. */
const waited = 1.2;
/** A slot that comes free finds a request that waits for it. */
const room = 1.05;

/**
 * With `n` requests open, a server of `k` slots answers after the time of one request, `s`, while
 * `n` is at most `k`, and after `s n / k` beyond (Little's law). Times are kept by levels of `n`;
 * the isotonic regression over them (pool adjacent violators; Barlow et al., Statistical Inference
 * under Order Restrictions, 1972) gives `s` at its low end, and `k` where times grow.
 */
export function createLearnedSlots(): LearnedSlots {
  const levels: Level[] = [];
  let slots = Infinity;
  let unread = 0;

  return {
    get slots() {
      if (unread >= fewest) [slots, unread] = [slotsOf(levels), 0];
      return slots;
    },
    answered(open, ms) {
      unread += 1;
      const index = Math.round(Math.log(Math.max(1, open)) / Math.log(step));
      const { weight, ...means } = levels[index] ?? { weight: 0, open, ms, squared: ms ** 2 };
      const share = 1 / Math.min(remembered, weight + 1);
      levels[index] = {
        weight: Math.min(remembered, weight + 1),
        open: means.open + share * (open - means.open),
        ms: means.ms + share * (ms - means.ms),
        squared: means.squared + share * (ms ** 2 - means.squared),
      };
    },
  };
}

function slotsOf(levels: readonly Level[]): number {
  // Holes of the sparse list are skipped.
  const rising = isotonic(levels.filter(() => true));
  const [idle] = rising;
  if (idle === undefined) return Infinity;
  const full = rising.filter(({ ms }) => ms > waited * idle.ms);
  if (weightOf(full) < fewest) return Infinity;
  const { open, ms } = full.reduce(pooled);
  return Math.max(1, (room * open * idle.ms) / ms);
}

/** Pools neighbours until times rise; the first ones until they surely do. */
function isotonic(levels: readonly Level[]): readonly Level[] {
  const blocks: Level[] = [];
  for (const level of levels) {
    blocks.push(level);
    for (let [before, last] = blocks.slice(-2); before !== undefined && last !== undefined;) {
      const isFirst = blocks.length === 2;
      if (before.ms < last.ms && !(isFirst && mayBeSame(before, last))) break;
      blocks.splice(-2, 2, pooled(before, last));
      [before, last] = blocks.slice(-2);
    }
  }
  return blocks;
}

function mayBeSame(one: Level, other: Level): boolean {
  if (Math.min(one.weight, other.weight) < fewest) return true;
  const variance = ({ ms, squared, weight }: Level) => Math.max(0, squared - ms ** 2) / weight;
  const error = Math.sqrt(variance(one) + variance(other));
  return Math.abs(one.ms - other.ms) < standardErrors * error;
}

function pooled(one: Level, other: Level): Level {
  const weight = one.weight + other.weight;
  const mean = (field: "open" | "ms" | "squared") =>
    (one.weight * one[field] + other.weight * other[field]) / weight;
  return { weight, open: mean("open"), ms: mean("ms"), squared: mean("squared") };
}

function weightOf(levels: readonly Level[]): number {
  return levels.reduce((sum, { weight }) => sum + weight, 0);
}
