import { atOnce, type Steps } from "../state/in-slices.ts";
import type { Winner } from "../state/verdict.ts";
import { accuracy } from "./agreement/accuracy.ts";
import { toEstimate, type AgreementEstimate } from "./agreement/agreement-figure.ts";
import { agreementOfTwo } from "./agreement/agreement-of-two.ts";
import { kappaOfCounts } from "./agreement/cohen-kappa.ts";
import { confusionMatrix, type ConfusionMatrix } from "./agreement/confusion-matrix.ts";
import {
  everyLabelAndWinner,
  labelAndWinnerCell,
  labelAndWinnerCells,
  labelAndWinnerSize,
} from "./agreement/label-and-winner.ts";
import { figureSteps } from "./agreement/summed-statistic.ts";
import { peopleAgreementSteps, type PeopleAgreement } from "./agreement/people-agreement.ts";
import type { BootstrapOptions } from "./estimates/bootstrap.ts";
import type { Cluster } from "./estimates/observations.ts";
import { preferences, type Preference } from "./estimates/preference.ts";
import {
  mayReplacePerson,
  type MayReplacePerson,
  type RowOfPeople,
} from "./trust/may-replace-person.ts";

/** A row with the people's verdict and the evaluator's. */
export type LabelledVerdict = {
  /** The people's verdict, as a rule their majority. */
  label: Preference;
  /** The evaluator's. */
  winner: Winner;
  /** Single people's verdicts, by name. Names may differ from row to row. */
  labels?: Readonly<Record<string, Preference>> | undefined;
  /** Rows of one prompt are no independent evidence; a row without a prompt is one of its own. */
  prompt?: Cluster | undefined;
  /** How many prompts like its own there are, each with a row like it; default 1. */
  count?: number | undefined;
};

/** How an evaluator agrees with people: `agreement` of a run's summary. */
export type Agreement = {
  /** Rows with a verdict, on which all figures but `people` and `kappaOfAll` rest. */
  n: number;
  /** Different prompts among them: what the intervals take for independent. */
  prompts: number;
  /** Rows with a label, those without a verdict included. */
  labelled: number;
  /** Labelled rows to which the evaluator gave no verdict. */
  unreadable: number;
  /** Labelled rows that failed (their calls did, say), and so say nothing of the evaluator. */
  failed: number;
  /** Cohen's kappa, unweighted: a, b and tie are three nominal labels. */
  kappa: AgreementEstimate;
  /**
   * Kappa over all labelled rows that did not fail, with no verdict as a disagreement: what
   * evaluators are ranked by, so that none gains by leaving out what is hard.
   */
  kappaOfAll: AgreementEstimate;
  /** The share of rows where both say the same, from 0 to 1; null where n is 0. */
  accuracy: AgreementEstimate;
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
  /** Whether it may take a person's place: the alternative annotator test. */
  mayReplacePerson: MayReplacePerson;
  /** How the intervals were made. */
  bootstrap: { seed: number | string; resamples: number };
};

/**
 * Measures an evaluator against people. A row without a verdict is left out of `n` and of every
 * figure but `kappaOfAll`, and counted as `unreadable`; where it should count as a tie, give it as
 * one. Figures that the rows don't define have the value null and a reason, never NaN; figures
 * that have too few rows for an interval have none, with the reason.
 *
 * @param options.failed Labelled rows that failed; they are counted.
 */
export function measureAgreement(
  rows: readonly LabelledVerdict[],
  options: AgreementMeasureOptions = {},
): Agreement {
  return atOnce(agreementSteps(rows, options));
}

export type AgreementMeasureOptions = Partial<BootstrapOptions> & { failed?: number };

/** The same in steps. */
export function* agreementSteps(
  rows: readonly LabelledVerdict[],
  { seed = "agreement", resamples = 1000, failed = 0 }: AgreementMeasureOptions = {},
): Steps<Agreement> {
  const { all, people, evaluator, clusters, counts } = columnsOf(rows);
  yield;
  const n = sumOf(counts);
  const labelled = sumOf(all.counts);
  const interval = { seed, resamples };
  const options = { categories: preferences, interval, clusters, counts };
  const labels = rows.map((row) => (row.labels === undefined ? [] : Object.values(row.labels)));
  yield;
  const amongPeople = yield* peopleAgreementSteps(labels, interval, all);
  yield;
  const figures = yield* agreementOfTwo(people, evaluator, options);
  const kappa = toEstimate(figures.kappa);
  const ofAll = n === labelled ? kappa : yield* kappaOfAll(rows, { interval, ...all });
  yield;
  const share = toEstimate(accuracy(people, evaluator, options));
  yield;
  const confusion = confusionMatrix(people, evaluator, preferences, counts);
  yield;
  const byPerson = labelledByPeople(rows, all.clusters);
  return {
    n,
    prompts: countPrompts(clusters, counts),
    labelled: labelled + failed,
    unreadable: labelled - n,
    failed,
    kappa,
    kappaOfAll: ofAll,
    accuracy: share,
    confusion,
    pi: toEstimate(figures.pi),
    ac1: toEstimate(figures.ac1),
    alpha: toEstimate(figures.alpha),
    ...(amongPeople === null ? {} : { people: amongPeople }),
    mayReplacePerson: mayReplacePerson(byPerson, (amongPeople?.kappa.low ?? 1) > 0),
    bootstrap: interval,
  };
}

/** The rows in columns; all but `all` of those with a verdict alone. */
function columnsOf(rows: readonly LabelledVerdict[]) {
  const all = { clusters: [] as Cluster[], counts: [] as number[] };
  const clusters: Cluster[] = [];
  const counts: number[] = [];
  const people: Preference[] = [];
  const evaluator: Preference[] = [];
  for (const [row, { prompt = `row ${row}`, label, winner, count = 1 }] of rows.entries()) {
    all.clusters.push(prompt);
    all.counts.push(count);
    if (winner === "none") continue;
    clusters.push(prompt);
    counts.push(count);
    people.push(label);
    evaluator.push(winner);
  }
  return { all, clusters, counts, people, evaluator };
}

function countPrompts(clusters: readonly Cluster[], counts: readonly number[]): number {
  const ofPrompt = new Map<Cluster, number>();
  for (const [row, cluster] of clusters.entries()) ofPrompt.set(cluster, counts[row]!);
  return sumOf(ofPrompt.values());
}

/** The rows that two people or more labelled, one by one. */
function labelledByPeople(
  rows: readonly LabelledVerdict[],
  clusters: readonly Cluster[],
): RowOfPeople[] {
  const labelled: RowOfPeople[] = [];
  for (const [row, { winner, labels, count = 1 }] of rows.entries()) {
    if (labels === undefined || Object.keys(labels).length < 2) continue;
    for (let like = 0; like < count; like++) {
      const cluster = like === 0 ? clusters[row]! : `${clusters[row]} ${like}`;
      labelled.push({ winner, labels, cluster });
    }
  }
  return labelled;
}

function sumOf(counts: Iterable<number>): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

function* kappaOfAll(
  rows: readonly LabelledVerdict[],
  {
    interval,
    ...like
  }: {
    interval: BootstrapOptions;
    clusters: readonly Cluster[];
    counts: readonly number[];
  },
): Steps<AgreementEstimate> {
  const termsOf = (label: Preference, winner: Winner) =>
    [[labelAndWinnerCell(label, winner), 1]] as const;
  const observations = {
    rows: rows.map(({ label, winner }) => termsOf(label, winner)),
    width: labelAndWinnerCells,
    prior: everyLabelAndWinner(true).map(([label, winner]) => termsOf(label, winner)),
    ...like,
  };
  const valueOf = (sums: Float64Array) => kappaOfCounts(sums, labelAndWinnerSize);
  const options = { n: sumOf(like.counts), interval };
  return toEstimate(yield* figureSteps({ observations, valueOf }, options));
}
