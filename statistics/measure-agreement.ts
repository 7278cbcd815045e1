import type { Winner } from "../state/verdict.ts";
import { accuracy } from "./agreement/accuracy.ts";
import { toEstimate, type UndefinedReason } from "./agreement/agreement-figure.ts";
import { cohenKappa } from "./agreement/cohen-kappa.ts";
import { confusionMatrix, type ConfusionMatrix } from "./agreement/confusion-matrix.ts";
import { gwetAc1 } from "./agreement/gwet-ac1.ts";
import { krippendorffAlpha } from "./agreement/krippendorff-alpha.ts";
import { peopleAgreement, type PeopleAgreement } from "./agreement/people-agreement.ts";
import { scottPi } from "./agreement/scott-pi.ts";
import type { BootstrapOptions } from "./estimates/bootstrap.ts";
import type { Estimate, NoEstimate } from "./estimates/interval.ts";
import { preferences, type Preference } from "./estimates/preference.ts";

/** A row with the people's verdict and the evaluator's. */
export type LabelledVerdict = {
  /** The people's verdict, as a rule their majority. */
  label: Preference;
  /** The evaluator's. */
  winner: Winner;
  /** Single people's verdicts, by name. Names may differ from row to row. */
  labels?: Readonly<Record<string, Preference>> | undefined;
};

/** A figure with its 95 % bootstrap interval, or why there is none. */
type AgreementEstimate = Estimate | NoEstimate<UndefinedReason>;

/** How an evaluator agrees with people: `agreement` of a run's summary. */
export type Agreement = {
  /** Rows with a verdict, on which all figures but `people` rest. */
  n: number;
  /** Rows left out because the evaluator gave no verdict. */
  unreadable: number;
  /** Cohen's kappa, unweighted: a, b and tie are three nominal labels. */
  kappa: AgreementEstimate;
  /** The share of rows where both say the same, from 0 to 1; null where n is 0. */
  accuracy: number | null;
  accuracyInterval: AgreementEstimate;
  /** Counts of rows: the people's verdict, then the evaluator's. */
  confusion: ConfusionMatrix<Preference>;
  /** Scott's pi. */
  pi: AgreementEstimate;
  /** Gwet's AC1, with a, b and tie as the labels there may be, used or not. */
  ac1: AgreementEstimate;
  /** Krippendorff's alpha, nominal. */
  alpha: AgreementEstimate;
  /**
   * The people's agreement among themselves over all rows, where two people or more labelled one.
   */
  people?: PeopleAgreement;
  /** How the intervals were made. */
  bootstrap: { seed: number | string; resamples: number };
};

/**
 * Measures an evaluator against people. A row without a verdict is left out of `n` and of every
 * figure, and counted as `unreadable`; where it should count as a tie, give it as one. Figures
 * that the rows don't define have the value null and a reason, never NaN.
 */
export function measureAgreement(
  rows: readonly LabelledVerdict[],
  { seed = "agreement", resamples = 1000 }: Partial<BootstrapOptions> = {},
): Agreement {
  const judged = rows.flatMap(({ label, winner }) =>
    winner === "none" ? [] : [{ label, winner }],
  );
  const people = judged.map((row) => row.label);
  const evaluator = judged.map((row) => row.winner);
  const interval = { seed, resamples };
  const options = { categories: preferences, interval };
  const pairs = judged.map((row) => [row.label, row.winner]);
  const accuracyFigure = accuracy(people, evaluator, options);
  const amongPeople = peopleAgreement(
    rows.map((row) => Object.values(row.labels ?? {})),
    interval,
  );
  return {
    n: judged.length,
    unreadable: rows.length - judged.length,
    kappa: toEstimate(cohenKappa(people, evaluator, options)),
    accuracy: accuracyFigure.value,
    accuracyInterval: toEstimate(accuracyFigure),
    confusion: confusionMatrix(people, evaluator, preferences),
    pi: toEstimate(scottPi(people, evaluator, options)),
    ac1: toEstimate(gwetAc1(pairs, options)),
    alpha: toEstimate(krippendorffAlpha(pairs, { level: "nominal", ...options })),
    ...(amongPeople === null ? {} : { people: amongPeople }),
    bootstrap: interval,
  };
}
