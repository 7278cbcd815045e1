import { atOnce, type Steps } from "../../state/in-slices.ts";
import type { BootstrapOptions } from "../estimates/bootstrap.ts";
import { countRows, type RowTerms } from "../estimates/observations.ts";
import { preferences, type Preference } from "../estimates/preference.ts";
import { accuracyOfCounts } from "./accuracy.ts";
import { toEstimate, type AgreementEstimate, type AgreementOptions } from "./agreement-figure.ts";
import { kappaOfCounts } from "./cohen-kappa.ts";
import { krippendorffAlphaSteps } from "./krippendorff-alpha.ts";
import { labelPairs } from "./label-pairs.ts";
import { figuresSteps } from "./summed-statistic.ts";

export type PeopleAgreement = {
  /** Cohen's kappa of one person against the majority of the row's other people. */
  kappa: AgreementEstimate;
  /** Accuracy of one person against the majority of the row's other people. */
  accuracy: AgreementEstimate;
  /** Krippendorff's alpha (nominal) of all the labels: agreement of any two people of a row. */
  alpha: AgreementEstimate;
  /** Rows that two people or more have labelled; the others say nothing. */
  rows: number;
  /** How many people labelled such a row: the fewest and the most. */
  raters: { min: number; max: number };
  method: "leave-one-out-majority";
};

const size = preferences.length;

/**
 * How well people agree among themselves: the ceiling for a judge that is measured against the
 * people's majority. `rows` holds each row's labels. Null where no row has two, so that one voter
 * has no agreement rather than a perfect one.
 *
 * Each person in turn takes the judge's place and is measured, by Cohen's kappa, against the
 * strict majority of the row's other people (`tie` where there is none). That is the judge's own
 * measure with a person for a judge, which the agreement of two single people, each as noisy as
 * the other, is not. The majority is of one person fewer than the judge's, so that the ceiling is
 * a little low, and a good judge may exceed it.
 *
 * People may differ from row to row, in number too: they count as exchangeable, all in one table,
 * and a row of k people has k entries of weight 1/k, so that every row weighs the same. Where
 * every row has two people, each is measured against the other and the table is symmetric: kappa
 * is then Scott's pi.
 *
 * Source: AlpacaEval's figure for human agreement (its README, "Evaluators"), there as accuracy:
 * one of four annotations against the mode of the other three.
 */
export function peopleAgreement(
  rows: readonly (readonly Preference[])[],
  interval: BootstrapOptions,
  like: LikeRows = {},
): PeopleAgreement | null {
  return atOnce(peopleAgreementSteps(rows, interval, like));
}

type LikeRows = Pick<AgreementOptions, "clusters" | "counts">;

/** The same in steps. */
export function* peopleAgreementSteps(
  rows: readonly (readonly Preference[])[],
  interval: BootstrapOptions,
  { clusters: allClusters, counts: allCounts }: LikeRows = {},
): Steps<PeopleAgreement | null> {
  const isShared = rows.map((labels) => labels.length > 1);
  const shared = rows.filter((_, row) => isShared[row]);
  if (shared.length === 0) return null;
  const clusters = allClusters?.filter((_, row) => isShared[row]);
  const counts = allCounts?.filter((_, row) => isShared[row]);
  const observations = {
    rows: shared.map(leaveOneOut),
    width: size * size,
    prior: labelPairs(preferences).map(leaveOneOut),
    clusters,
    counts,
  };
  const n = countRows(observations);
  const { kappa, accuracy } = yield* figuresSteps(
    observations,
    {
      kappa: (sums) => kappaOfCounts(sums, size),
      accuracy: (sums) => accuracyOfCounts(sums, size),
    },
    { n, interval },
  );
  const alpha = yield* krippendorffAlphaSteps(shared, {
    level: "nominal",
    interval,
    clusters,
    counts,
  });
  const numbers = shared.map((labels) => labels.length);
  return {
    kappa: toEstimate(kappa),
    accuracy: toEstimate(accuracy),
    alpha: toEstimate(alpha),
    rows: n,
    raters: {
      min: numbers.reduce((least, number) => Math.min(least, number)),
      max: numbers.reduce((most, number) => Math.max(most, number)),
    },
    method: "leave-one-out-majority",
  };
}

function leaveOneOut(labels: readonly Preference[]): RowTerms {
  return labels.map((label, person) => {
    const rest = majority(labels.filter((_, other) => other !== person));
    const cell = preferences.indexOf(rest) * size + preferences.indexOf(label);
    return [cell, 1 / labels.length] as const;
  });
}

function majority(labels: readonly Preference[]): Preference {
  const votes = (label: Preference) => labels.filter((other) => other === label).length;
  return preferences.find((label) => votes(label) * 2 > labels.length) ?? "tie";
}
