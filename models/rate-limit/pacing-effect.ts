/**
 * The refusals at each pace; they show whether a slower one helps. Pure: it holds no clock.
 */
export type PaceTrials = {
  /** Notes that requests from this index on are sent at this pace, in requests a second. */
  begin(index: number, perSecond: number): void;
  refused(index: number): void;
  /**
   * Whether as many are refused at a slow pace as at a fast one, so that going slowly is in vain.
   */
  readonly isInVain: boolean;
};

type Trial = {
  readonly perSecond: number;
  readonly first: number;
  /** The index after the last request. */
  end: number;
  refused: number;
};

const remembered = 24;
/** A long window that is filled unevenly refuses by fits and starts for a while, too. */
const fewestTrials = 6;
/** Later requests meet a window that the first ones have filled. */
const longest = 20;
const fewestRefused = 3;
const leastSpread = 2;
const fewestClosed = 6;
/** From here on as good as all are refused, and a provider that is asked seldom may recover. */
const almostAll = 10;
/** At half the pace a limit refuses half as many for each that it takes, or fewer. */
const helped = 0.6;
/** A limit that has fallen refuses many more than before, at whatever pace. */
const changed = 2;

/**
 * Compares the slower half of the last runs with the faster one. Below a limit hardly any of a
 * run's first requests are refused; an overloaded provider refuses by chance, whatever the pace.
 */
export function createPaceTrials(): PaceTrials {
  let trials: Trial[] = [];
  let isInVain = false;

  /** Where the trials say nothing, what they said before holds. */
  function compare(): boolean {
    // The result of the last one is not known yet.
    const known = trials.slice(0, -1).filter((trial) => !isClosed(trial));
    if (known.length < fewestTrials) return isInVain;
    const sorted = known.toSorted((a, b) => a.perSecond - b.perSecond);
    const slower = sorted.slice(0, sorted.length >> 1);
    const faster = sorted.slice(slower.length);
    if (paceOf(faster) < leastSpread * paceOf(slower)) return isInVain;
    if (refusedIn(faster) < fewestRefused) return isInVain;
    const odds = oddsOfRefusal(slower);
    const oddsWhenFaster = oddsOfRefusal(faster);
    if (Math.max(odds, oddsWhenFaster) > almostAll || odds < helped * oddsWhenFaster) return false;
    if (refusedIn(slower) < fewestRefused || odds > changed * oddsWhenFaster) return isInVain;
    return true;
  }

  return {
    begin(index, perSecond) {
      const last = trials.at(-1);
      if (last !== undefined) last.end = Math.min(last.end, index);
      trials = [
        ...trials.slice(1 - remembered),
        { perSecond, first: index, end: index + longest, refused: 0 },
      ];
      isInVain = compare();
    },
    refused(index) {
      const trial = trials.findLast(({ first }) => first <= index);
      if (trial !== undefined && index < trial.end) trial.refused += 1;
    },
    get isInVain() {
      return isInVain;
    },
  };
}

/** Chance does not refuse so many in a row; a window that is spent does, at every pace. */
function isClosed({ first, end, refused }: Trial): boolean {
  return end - first >= fewestClosed && refused === end - first;
}

/** The middle one. */
function paceOf(sorted: readonly Trial[]): number {
  return sorted[sorted.length >> 1]?.perSecond ?? Infinity;
}

function refusedIn(trials: readonly Trial[]): number {
  return trials.reduce((total, { refused }) => total + refused, 0);
}

/** How many are refused for each that is taken. */
function oddsOfRefusal(trials: readonly Trial[]): number {
  const refused = refusedIn(trials);
  const sent = trials.reduce((total, { first, end }) => total + end - first, 0);
  return refused / Math.max(0.5, sent - refused);
}
