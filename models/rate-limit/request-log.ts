/** Requests that left one after another, and how many of them were refused; mostly it is one request. */
export type Stretch = {
  /** When the first and the last of them left, in milliseconds of the clock that the limiter is told. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly refused: number;
};

/** What was sent and what was refused, as far back as it may tell of a limit. Pure: it holds no clock. */
export type RequestLog = {
  /** Notes that the next request leaves; requests count from 0. */
  sent(now: number): void;
  /** Notes that the request of this index was refused. */
  refused(index: number): void;
  /** All that was sent up to this time, in order. */
  until(time: number): readonly Stretch[];
  /** Drops what was sent before this time. */
  forget(before: number): void;
};

/** Requests whose end may still come; `first` is the index of the first. */
type Group = Stretch & { readonly first: number };

/** No limit looks further back than a minute. */
const memoryMs = 65_000;
/** Requests that leave in so short a time are one group: a refusal is not placed more exactly. */
const groupMs = 20;
/** So many groups at a time become settled. */
const batch = 50;
const mostSettled = 400;
/** Groups this close to a refusal are kept apart. */
const near = 15;
const longestStretchMs = 250;

/**
 * Keeps the last requests in small groups, and of older ones the groups around refusals; where nothing was refused it joins
 * them to stretches. So it stays small however many are sent, and the moments that tell of a limit stay sharp.
 *
 * @param settledMs From this age on no refusal is expected any more.
 */
export function createRequestLog(settledMs: () => number): RequestLog {
  let settled: Stretch[] = [];
  let unsettled: Group[] = [];
  let sentCount = 0;

  function settle(): void {
    settled.push(...condense(unsettled.slice(0, batch + near), longestStretchMs, batch));
    unsettled = unsettled.slice(batch);
    const oldest = (unsettled[0]?.from ?? 0) - memoryMs;
    settled = settled.filter(({ to }) => to > oldest);
    if (settled.length > mostSettled) {
      settled = condense(settled, 4 * longestStretchMs, settled.length);
    }
    if (settled.length > mostSettled) settled = settled.slice(-mostSettled / 2);
  }

  return {
    sent(now) {
      const last = unsettled.at(-1);
      if (last !== undefined && now - last.from < groupMs) {
        unsettled[unsettled.length - 1] = { ...last, to: now, count: last.count + 1 };
      } else unsettled.push({ first: sentCount, from: now, to: now, count: 1, refused: 0 });
      sentCount += 1;
      const atBatch = unsettled[batch];
      if (atBatch === undefined || unsettled.length < 2 * batch) return;
      if (atBatch.to < now - settledMs()) settle();
    },
    refused(index) {
      const at = placeOf(index, unsettled);
      const group = unsettled[at];
      if (group === undefined || index >= group.first + group.count) return;
      unsettled[at] = { ...group, refused: group.refused + 1 };
    },
    until: (time) => [...settled, ...unsettled].filter(({ from }) => from <= time),
    forget(before) {
      unsettled = unsettled.filter(({ from }) => from >= before);
      settled = settled.filter(({ from }) => from >= before);
    },
  };
}

/** Where the last group stands that begins at or before this request; -1 where all begin after it. */
function placeOf(index: number, groups: readonly Group[]): number {
  let low = -1;
  let high = groups.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((groups[middle]?.first ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}

function joinTwo(one: Stretch, next: Stretch): Stretch {
  const count = one.count + next.count;
  return { from: one.from, to: next.to, count, refused: one.refused + next.refused };
}

/** The first `count`, neighbours joined where they are far from every refusal. */
function condense(all: readonly Stretch[], longestMs: number, count: number): Stretch[] {
  const isNear = new Uint8Array(all.length);
  for (const [index, { refused }] of all.entries()) {
    if (refused > 0) isNear.fill(1, Math.max(0, index - near), index + near + 1);
  }
  const joined: Stretch[] = [];
  let isOpen = false;
  for (const [index, { from, to, count: sent, refused }] of all.slice(0, count).entries()) {
    const next = { from, to, count: sent, refused };
    const last = joined.at(-1);
    const isJoined = last !== undefined && isOpen && isNear[index] === 0;
    if (isJoined && to - last.from < longestMs) joined[joined.length - 1] = joinTwo(last, next);
    else joined.push(next);
    isOpen = isNear[index] === 0;
  }
  return joined;
}
