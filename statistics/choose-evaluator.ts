import type { Winner } from "../state/verdict.ts";
import { toEstimate, type AgreementEstimate } from "./agreement/agreement-figure.ts";
import { kappaOfCounts } from "./agreement/cohen-kappa.ts";
import {
  everyLabelAndWinner,
  labelAndWinnerCell,
  labelAndWinnerCells,
  labelAndWinnerSize,
} from "./agreement/label-and-winner.ts";
import { measureFigure } from "./agreement/summed-statistic.ts";
import { compareEvaluators, type EvaluatorComparison } from "./compare-evaluators.ts";
import type { Cluster } from "./estimates/observations.ts";
import type { Preference } from "./estimates/preference.ts";
import { createRandom } from "./estimates/seeded-random.ts";

/** A labelled pair. */
export type LabelledRow = { readonly label: Preference; readonly prompt: Cluster };

export type EvaluatorCandidate = {
  /** A verdict for each labelled row; `none` where there is none, which counts as disagreement. */
  readonly verdicts: readonly Winner[];
  /** What it costs, in any unit that all candidates share. */
  readonly cost: number;
};

export type EvaluatorChoice = {
  /** Index of the candidate that is taken: the cheapest within noise of the best. */
  readonly chosen: number;
  /** Index of the candidate with the highest kappa. */
  readonly best: number;
  /** Kappa on all labelled rows, a candidate each. */
  readonly kappas: readonly AgreementEstimate[];
  /** The best against each candidate; null against itself. */
  readonly differences: readonly (EvaluatorComparison | null)[];
  /**
   * Kappa on rows that had no part in the choice: on each fold, that of the candidate that is
   * best on the other folds; null where it has no value.
   */
  readonly crossFitted: AgreementEstimate;
  /** How much the best one's kappa owes to being picked: its own less `crossFitted`. */
  readonly optimism: number | null;
  readonly folds: number;
};

const mostFolds = 5;

/**
 * Chooses the evaluator that agrees with people best; among those within noise of it (paired
 * bootstrap over prompts, p at least 0.05), the cheapest.
 *
 * The kappa of the best of several is too high an estimate of what it will have, since luck is
 * part of being the best. So the choice is made anew without each fold of prompts and measured on
 * that fold, which gives an honest figure.
 *
 * Source: Stone, "Cross-Validatory Choice and Assessment of Statistical Predictions", Journal of
 * the Royal Statistical Society B 36, 1974.
 */
export function chooseEvaluator(
  rows: readonly LabelledRow[],
  candidates: readonly EvaluatorCandidate[],
): EvaluatorChoice {
  const all = rows.map((_, index) => index);
  const best = bestOn(rows, candidates, all);
  const differences = candidates.map((candidate, index) =>
    index === best ? null : compareEvaluators(pairedRows(rows, candidates[best]!, candidate)),
  );
  const near = candidates.flatMap(({ cost }, index) => {
    const kappa = differences[index]?.kappa;
    const isWorse = kappa !== undefined && "better" in kappa && kappa.better === "first";
    return isWorse ? [] : [{ index, cost }];
  });
  const chosen = near.toSorted(byCost(best))[0]?.index ?? best;
  const kappas = candidates.map(({ verdicts }) => kappaOf(rows, verdicts));
  const { verdicts, folds } = crossFittedVerdicts(rows, candidates);
  const crossFitted = kappaOf(rows, verdicts);
  const own = kappas[best]?.value ?? null;
  const optimism = own === null || crossFitted.value === null ? null : own - crossFitted.value;
  return { chosen, best, kappas, differences, crossFitted, optimism, folds };
}

/** The cheapest first; at the same cost, the best. */
function byCost(best: number) {
  type Near = { readonly index: number; readonly cost: number };
  return (one: Near, other: Near) =>
    one.cost - other.cost || Number(other.index === best) - Number(one.index === best);
}

function pairedRows(
  rows: readonly LabelledRow[],
  first: EvaluatorCandidate,
  second: EvaluatorCandidate,
) {
  return rows.map(({ label, prompt }, index) => ({
    label,
    prompt,
    first: first.verdicts[index] ?? "none",
    second: second.verdicts[index] ?? "none",
  }));
}

/** The candidate with the highest kappa on some rows; the earliest of several. */
function bestOn(
  rows: readonly LabelledRow[],
  candidates: readonly EvaluatorCandidate[],
  among: readonly number[],
): number {
  const values = candidates.map(({ verdicts }) => {
    const counts = new Float64Array(labelAndWinnerCells);
    for (const index of among) {
      counts[labelAndWinnerCell(rows[index]!.label, verdicts[index] ?? "none")]! += 1;
    }
    const kappa = kappaOfCounts(counts, labelAndWinnerSize);
    return typeof kappa === "string" ? -Infinity : kappa;
  });
  return values.indexOf(Math.max(...values));
}

function crossFittedVerdicts(
  rows: readonly LabelledRow[],
  candidates: readonly EvaluatorCandidate[],
) {
  const prompts = shuffled([...new Set(rows.map(({ prompt }) => prompt))]);
  const folds = Math.min(mostFolds, prompts.length);
  const foldOf = new Map(prompts.map((prompt, index) => [prompt, index % folds]));
  const verdicts: Winner[] = rows.map(() => "none");
  for (let fold = 0; fold < folds; fold++) {
    const isHeld = ({ prompt }: LabelledRow) => foldOf.get(prompt) === fold;
    const others = rows.flatMap((row, index) => (isHeld(row) ? [] : [index]));
    const best = candidates[bestOn(rows, candidates, others)];
    for (const [index, row] of rows.entries()) {
      if (isHeld(row)) verdicts[index] = best?.verdicts[index] ?? "none";
    }
  }
  return { verdicts, folds };
}

/** In an order that depends on nothing but their number. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  const random = createRandom("folds");
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

function kappaOf(rows: readonly LabelledRow[], verdicts: readonly Winner[]): AgreementEstimate {
  const termsOf = (label: Preference, winner: Winner) =>
    [[labelAndWinnerCell(label, winner), 1]] as const;
  const observations = {
    rows: rows.map(({ label }, index) => termsOf(label, verdicts[index] ?? "none")),
    width: labelAndWinnerCells,
    prior: everyLabelAndWinner(verdicts.includes("none")).map((pair) => termsOf(...pair)),
    clusters: rows.map(({ prompt }) => prompt),
  };
  const valueOf = (sums: Float64Array) => kappaOfCounts(sums, labelAndWinnerSize);
  const interval = { seed: "choice", resamples: 1000 };
  return toEstimate(measureFigure({ observations, valueOf }, { n: rows.length, interval }));
}
