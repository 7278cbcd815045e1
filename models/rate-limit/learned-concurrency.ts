/** A request as it is known here. Times are milliseconds of the limiter's clock. */
export type OpenRequest = {
  readonly sentAt: number;
  /** Requests open when it left. */
  readonly openBefore: number;
  /** When its end came; null before that. */
  endedAt: number | null;
  isRefused: boolean;
};

/**
 * Learns from refusals how many requests a provider takes side by side. Pure: it holds no clock.
 */
export type LearnedConcurrency = {
  /** How many may be open, Infinity while nothing speaks for a limit. */
  readonly limit: number;
  sent(request: OpenRequest): void;
  /** Notes that a request had to wait for another to end. */
  bound(now: number): void;
  /** Notes a refusal; true where the number of open requests alone explains it. */
  refused(request: OpenRequest, now: number): boolean;
};

const remembered = 4_000;
const fewestMoments = 4;
const togetherMs = 200;
const firstPatienceMs = 10_000;
const longestPatienceMs = 300_000;
/** So many refusals with fewer open, and it was no limit on open requests. */
const mostAgainst = 3;

/**
 * A limit on open requests takes all below a number and refuses all from it on; a limit on their
 * rate refuses with many open and with few. Once found, it is raised a little after a patience that
 * doubles each time that this fails.
 */
export function createLearnedConcurrency(): LearnedConcurrency {
  let recent: OpenRequest[] = [];
  let limit = Infinity;
  let known: number | null = null;
  let against = 0;
  let patienceMs = firstPatienceMs;
  let changedAt = -Infinity;
  let judgedAt = -Infinity;

  function isExplained({ openBefore }: OpenRequest, now: number): boolean {
    if (limit === Infinity || known === null) {
      if (now - judgedAt < togetherMs) return false;
      judgedAt = now;
      known = mostOpen(recent.slice(-remembered), now);
      return known !== null;
    }
    if (openBefore < 0.9 * known) {
      against += 1;
      if (against >= mostAgainst) limit = Infinity;
      return false;
    }
    patienceMs = Math.min(longestPatienceMs, 2 * patienceMs);
    return true;
  }

  return {
    get limit() {
      return limit;
    },
    sent(request) {
      recent.push(request);
      if (recent.length > 2 * remembered) recent = recent.slice(-remembered);
    },
    bound(now) {
      if (now - changedAt < patienceMs) return;
      changedAt = now;
      limit = Math.max(limit + 1, Math.round(1.03 * limit));
    },
    refused(request, now) {
      if (!isExplained(request, now)) return false;
      limit = known ?? Infinity;
      against = 0;
      changedAt = now;
      return true;
    },
  };
}

/**
 * The number of open requests that parts those that were taken from those that were refused; null
 * where none does, to one moment in ten.
 */
export function mostOpen(requests: readonly OpenRequest[], now: number): number | null {
  const open = takenAndOpen(requests, now);
  const moments = (isRefused: boolean): readonly number[] =>
    momentsOf(
      requests,
      (request) => request.isRefused === isRefused,
      (index) => open[index] ?? 0,
    );
  const [refused, taken] = [moments(true), moments(false)];
  if (Math.min(refused.length, taken.length) < fewestMoments) return null;
  const wrongBelow = (most: number): number =>
    refused.filter((one) => one < most).length + taken.filter((one) => one >= most).length;
  const best = refused.reduce((a, b) => {
    const difference = wrongBelow(b) - wrongBelow(a);
    return difference < 0 || (difference === 0 && b < a) ? b : a;
  });
  return best > 0 && wrongBelow(best) <= 0.1 * refused.length ? best : null;
}

/** How many that were taken were open when each request left. */
function takenAndOpen(requests: readonly OpenRequest[], now: number): number[] {
  const ends = requests
    .filter(({ isRefused }) => !isRefused)
    .map(({ endedAt }) => endedAt ?? now + 1)
    .toSorted((a, b) => a - b);
  let begun = 0;
  let ended = 0;
  return requests.map(({ sentAt, isRefused }) => {
    while ((ends[ended] ?? Infinity) <= sentAt) ended += 1;
    const open = begun - ended;
    if (!isRefused) begun += 1;
    return open;
  });
}

/**
 * Bursts would outweigh all else: of refusals that fall together the fewest open count, of others
 * the most.
 */
function momentsOf(
  requests: readonly OpenRequest[],
  isMeant: (request: OpenRequest) => boolean,
  openAt: (index: number) => number,
): number[] {
  const moments: number[] = [];
  let beganAt = -Infinity;
  for (const [index, request] of requests.entries()) {
    if (!isMeant(request)) continue;
    const open = openAt(index);
    const last = moments.at(-1) ?? open;
    if (request.sentAt - beganAt >= togetherMs) {
      moments.push(open);
      beganAt = request.sentAt;
    } else {
      moments[moments.length - 1] = request.isRefused ? Math.min(last, open) : Math.max(last, open);
    }
  }
  return moments;
}
