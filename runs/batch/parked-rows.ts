import { setImmediate as nextTurn } from "node:timers/promises";

/** The rows that have calls under way, and those that wait for a batch. */
export type ParkedRows = {
  /** A call of a row begins; the function that is returned ends it. */
  readonly follow: (row: number) => () => void;
  /** A call of a row waits for a batch; resolves when the row is given up. */
  readonly park: (row: number) => Promise<void>;
  readonly isGivenUp: (row: number) => boolean;
  /** Forgets a row that has come to its end; true where it was given up. */
  readonly end: (row: number) => boolean;
};

export type ParkedRowsOptions = {
  /** How long a row must have been quiet until it is given up, in milliseconds. */
  readonly quietMs: number;
};

type Row = {
  open: number;
  parked: number;
  /** When it last began or ended a call: the turn of the event loop, and the time. */
  turn: number;
  at: number;
  isGivenUp: boolean;
  readonly wake: (() => void)[];
};

/** Graphs go from one call to the next within a few turns of the event loop. */
const quietTurns = 12;

/**
 * Gives a row up when all calls that it has under way wait for a batch and it begins no other: so
 * calls side by side (the members of a jury) go into one batch, and no call is made of answers that
 * are missing.
 */
export function createParkedRows({ quietMs }: ParkedRowsOptions): ParkedRows {
  const rows = new Map<number, Row>();
  const waiting = new Set<Row>();
  let turn = 0;
  let isWatching = false;

  function rowOf(number: number): Row {
    const row = rows.get(number) ?? {
      open: 0,
      parked: 0,
      turn,
      at: 0,
      isGivenUp: false,
      wake: [],
    };
    rows.set(number, row);
    row.turn = turn;
    row.at = performance.now();
    return row;
  }

  function isQuiet({ open, parked, turn: last, at }: Row): boolean {
    return open === parked && turn - last >= quietTurns && performance.now() - at >= quietMs;
  }

  async function watch(): Promise<void> {
    isWatching = true;
    while (waiting.size > 0) {
      await nextTurn();
      turn += 1;
      for (const row of waiting) {
        if (!isQuiet(row)) continue;
        row.isGivenUp = true;
        waiting.delete(row);
        for (const wake of row.wake) wake();
      }
    }
    isWatching = false;
  }

  return {
    follow(number) {
      const row = rowOf(number);
      row.open += 1;
      return () => {
        // A row that was given up has ended, or is about to.
        row.open -= 1;
        row.turn = turn;
        row.at = performance.now();
      };
    },
    park(number) {
      const row = rowOf(number);
      row.parked += 1;
      waiting.add(row);
      const isReleased = new Promise<void>((resolve) => row.wake.push(resolve));
      if (!isWatching) void watch();
      return isReleased;
    },
    isGivenUp: (number) => rows.get(number)?.isGivenUp ?? false,
    end(number) {
      const isGivenUp = rows.get(number)?.isGivenUp ?? false;
      rows.delete(number);
      return isGivenUp;
    },
  };
}
