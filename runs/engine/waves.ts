import type { RowJournal } from "../directory/row-journal.ts";

/** Rows that begin only when all rows before them have ended, because they depend on them. */
export type Waves<Result> = {
  /** Whether a wave begins with a row; rows count from 1. */
  readonly beginsAt: (row: number) => boolean;
  /** Called when every row before `row` has ended, and before `row` is read. */
  readonly begin: (row: number, rows: FinishedRows<Result>) => Promise<void>;
  /** What the rows before decide, each with what does without them. */
  readonly learned: readonly LearnedFromRows[];
};

export type LearnedFromRows = {
  /** A noun in the singular: "the learned margin of a cascade". */
  readonly what: string;
  /** A sentence without its full stop. */
  readonly remedy: string;
};

/** Several reasons to wait as one; undefined without any. */
export function joinWaves<Result>(
  ...all: readonly (Waves<Result> | undefined)[]
): Waves<Result> | undefined {
  const present = all.filter((waves) => waves !== undefined);
  if (present.length < 2) return present[0];
  return {
    beginsAt: (row) => present.some((waves) => waves.beginsAt(row)),
    begin: async (row, rows) => {
      for (const waves of present) await waves.begin(row, rows);
    },
    learned: present.flatMap(({ learned }) => learned),
  };
}

/** The rows that a run has finished so far. */
export type FinishedRows<Result> = Pick<RowJournal<Result>, "lastRow" | "inOrder">;

/** Counts what is in flight. */
export type InFlight = {
  readonly enter: () => void;
  readonly leave: () => void;
  /** Resolves when nothing is in flight. */
  readonly ended: () => Promise<void>;
};

export function createInFlight(): InFlight {
  let count = 0;
  let wake: (() => void) | null = null;
  return {
    enter: () => void (count += 1),
    leave: () => {
      count -= 1;
      if (count === 0) wake?.();
    },
    ended: async () => {
      if (count > 0) await new Promise<void>((resolve) => (wake = resolve));
      wake = null;
    },
  };
}
