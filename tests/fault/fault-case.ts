/** What a case of the fault table is run with. */
export type FaultContext = {
  /** Everything random in the case comes from it. */
  readonly seed: number;
  /** `full` runs the rounds of the table; `short` a few of each, for `npm test`. */
  readonly size: "short" | "full";
  /** An empty directory of the case's own; removed after it. */
  readonly directory: string;
};

/** The result of a case: it holds where `violations` is empty. */
export type FaultOutcome = {
  /** How often the fault was made. */
  readonly rounds: number;
  /** Every promise that was broken, in a sentence with the round it happened in. */
  readonly violations: readonly string[];
  /** The figures of the case's line: repeats, requests, ratios. */
  readonly figures: Readonly<Record<string, number | string>>;
};

/** One line of the fault table: a fault that is really made, and what must hold all the same. */
export type FaultCase = {
  /** Short, for `--only`: `kill-random`. */
  readonly name: string;
  /** What is done to the run, in a few words. */
  readonly fault: string;
  /** What must hold, with its figure. */
  readonly promise: string;
  /** Cases whose figures depend on an idle machine are left out of `npm test`. */
  readonly isLongOnly?: boolean;
  readonly run: (context: FaultContext) => Promise<FaultOutcome>;
};
