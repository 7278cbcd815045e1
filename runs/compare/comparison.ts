import type { RunDifference, RunFigures } from "../../statistics/compare-runs.ts";
import type { Estimate } from "../../statistics/estimates/interval.ts";
import type { MeanDifference } from "../../statistics/ranking/paired-mean.ts";

/** What a run cost, over the prompts that were compared; null where it is not known. */
export type RunCosts = {
  readonly meanTokens: number | null;
  readonly usd: number | null;
  readonly secondsPerPrompt: number | null;
};

/** Two runs beside each other. */
export type ComparedPair = Omit<RunDifference, "a" | "b" | "difference"> & {
  readonly a: string;
  readonly b: string;
  /** The first run's share of wins less the second's. */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly p: number | null;
  /** The first run's mean less the second's, per prompt. */
  readonly tokens: MeanDifference | null;
  readonly usd: MeanDifference | null;
  /** Seconds per prompt; a run records no time of its prompts, so there is no interval. */
  readonly seconds: number | null;
  readonly verdict: string;
};

/** `comparison.json` */
export type Comparison = {
  /** The best win rate first. */
  readonly items: readonly {
    readonly name: string;
    readonly figures: RunFigures & RunCosts;
  }[];
  readonly differences: readonly ComparedPair[];
  /** Each run's win rate against each other, in the order of `items`; null on the diagonal. */
  readonly matrix: readonly (readonly (Estimate | null)[])[];
  /** Pairs of identical responses: ties that no model was asked about. */
  readonly identical: number;
  readonly by?: ComparisonBy;
};

export type ComparisonBy = {
  readonly field: string;
  readonly values: readonly {
    readonly value: string;
    readonly prompts: number;
    readonly items: readonly { readonly name: string; readonly winRate: Estimate | null }[];
  }[];
};
