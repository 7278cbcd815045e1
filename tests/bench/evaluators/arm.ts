/** A figure that an arm measured, beside what it is to reach. */
export type BenchFigure = {
  /** What it is of: a set and a judge, or a simulated world. */
  readonly of: string;
  readonly figure: string;
  /** As it is printed, with its interval or its number of draws. */
  readonly value: string;
  /** As it is printed; empty where there is none. */
  readonly goal: string;
  /** Null where there is no goal. */
  readonly isMet: boolean | null;
};

export type BenchOptions = {
  /** The folder of recorded sets: SET/pairs.jsonl and SET/cassettes/STRATEGY/JUDGE.jsonl. */
  readonly data: string;
  /** How often a random draw is repeated. */
  readonly draws: number;
};

/** One line of research that `npm run bench:evaluators` measures. */
export type Arm = {
  readonly name: string;
  /** What it measures, in a sentence. */
  readonly about: string;
  /** Whether it needs recorded sets, or makes its own world. */
  readonly world: "recorded" | "simulated";
  readonly measure: (options: BenchOptions) => Promise<readonly BenchFigure[]>;
};
