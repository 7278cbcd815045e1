import type { ComparedPair } from "../compare/comparison.ts";
import type { RunFigures } from "../../statistics/compare-runs.ts";
import type { AgreementEstimate } from "../../statistics/agreement/agreement-figure.ts";
import type { RoundGain } from "../generate/round-gains.ts";

/** An evaluator that could be chosen, by the name that the plan gives it. */
type EvaluatorEntry = {
  readonly name: string;
  /** Over all labelled rows; a row without a verdict counts as disagreement. */
  readonly kappa: AgreementEstimate;
  readonly withoutVerdict: number;
  /** The best one's kappa less this one's, and the two-sided p-value; null for the best. */
  readonly behind: { readonly value: number | null; readonly p: number | null } | null;
  readonly tokens: number | null;
  readonly usd: number | null;
};

export type EvaluatorDecision = {
  /** As the plan names it. */
  readonly chosen: string;
  readonly reason: string;
  readonly candidates: readonly EvaluatorEntry[];
  /** Labelled rows, and the different prompts among them. */
  readonly rows: number;
  readonly prompts: number;
  /** Kappa on rows that had no part in picking the best, by as many folds. */
  readonly crossFitted: AgreementEstimate;
  readonly folds: number;
  /** What the best one's kappa owes to being picked; null where it can't be said. */
  readonly optimism: number | null;
};

type GeneratorEntry = {
  readonly name: string;
  /** `same-tokens`: the single model beside a multi-agent generator. Only generators are chosen. */
  readonly role: "generator" | "baseline" | "same-tokens";
  readonly winRate: RunFigures["winRate"];
  readonly strength?: RunFigures["strength"];
  readonly meanTokens: number | null;
  readonly usd: number | null;
  /** What each further round of a loop gained, by the loop's own evaluator. */
  readonly rounds: readonly RoundGain[];
  /** Whether it was worth it beside a single model with the same tokens. */
  readonly sameTokens?: { readonly samples: number; readonly sentence: string } | undefined;
};

export type GeneratorDecision = {
  readonly chosen: string;
  readonly reason: string;
  readonly candidates: readonly GeneratorEntry[];
  readonly differences: readonly ComparedPair[];
  /** Runs that are in no comparison, and why. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
};

/** `decision.json`; a part is null where the study stopped before it. */
export type Decision = {
  readonly evaluator: EvaluatorDecision | null;
  readonly generator: GeneratorDecision | null;
};
