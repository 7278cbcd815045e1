import { atOnce, type Steps } from "../../state/in-slices.ts";
import type { Vote, Winner } from "../../state/verdict.ts";
import type { Estimate } from "../estimates/interval.ts";
import { studentQuantile975 } from "../estimates/normal-distribution.ts";
import type { Cluster } from "../estimates/observations.ts";
import type { Preference } from "../estimates/preference.ts";
import { wilsonInterval } from "../estimates/wilson.ts";
import { normalQuantile975 } from "../estimates/interval.ts";
import { knownOfRows } from "./known-of-rows.ts";
import { randomDraw, type RandomDraw } from "./random-draw.ts";
import { sampledMean, type SampledMean, type SampledRow } from "./sampled-mean.ts";

/** A judged row, with or without the people's verdict. */
export type RowForPeople = {
  readonly winner: Winner;
  readonly votes: readonly Vote[];
  readonly label?: Preference | undefined;
  readonly cluster: Cluster;
};

/** How often people prefer one side, over all rows, those without a label included. */
export type PeoplePreference = Estimate & {
  /**
   * How many times as many labels would give the same certainty without the evaluator's verdicts;
   * 1 where they are not used, a little less where they are worthless.
   */
  readonly saved: number;
  /** The same from the labels without the verdicts. */
  readonly labelsOnly: Estimate;
  /**
   * `regression`: from labels and verdicts. `labels`: from the labels without the verdicts, which
   * are too few. `all`: every row is labelled, and the value is certain.
   */
  readonly method: "regression" | "labels" | "all";
};

/** People's win rate: that of `a`, with that of `b` beside it. */
export type PeopleWinRate = PeoplePreference & {
  /** Rows with a label. */
  readonly labels: number;
  /** All rows that the figure is about. */
  readonly rows: number;
  readonly b: PeoplePreference;
  /** Whether the labelled rows look like a random draw. */
  readonly draw: RandomDraw;
};

/** Fewer labels say too little of how well the verdicts follow them. */
const leastLabels = 20;

/** A regression needs both outcomes, this often at least. */
const leastOfRarer = 5;

/**
 * How often people would prefer each side if they labelled every row, where a random part of the
 * rows carries labels. The win rate that an evaluator's verdicts give is the evaluator's own; its
 * interval knows nothing of how wrong the evaluator is. Here the labels say that, and the verdicts,
 * which are there for every row, take away most of the luck of which rows were labelled.
 *
 * A regression of the label on verdict and margin weighs the verdicts by what they are worth: a
 * useless evaluator costs nothing but a little width. (To leave its verdicts out where the interval
 * would be narrower without them picks the luckier of two: at 30 labels coverage falls from .945 to
 * .93.) A tie is a win of neither side. The rows are the whole population, so that the value is
 * certain where all are labelled. Null without labels.
 *
 * Sources: Angelopoulos, Duchi and Zrnic, "PPI++: Efficient Prediction-Powered Inference", arXiv
 * 2311.01453; for judges, arXiv 2601.05420. `npm run bench:evaluators` measures coverage and the
 * labels saved.
 */
export function peopleWinRate(rows: readonly RowForPeople[]): PeopleWinRate | null {
  return atOnce(peopleWinRateSteps(rows));
}

/** The same in steps. */
export function* peopleWinRateSteps(rows: readonly RowForPeople[]): Steps<PeopleWinRate | null> {
  const labels = rows.filter(({ label }) => label !== undefined).length;
  if (labels === 0) return null;
  // Where every row is labelled, the verdicts say nothing more.
  const known = labels === rows.length ? [] : knownOfRows(rows);
  yield;
  const preferenceFor = (side: "a" | "b") =>
    preference(
      rows.map(({ label, cluster }, row) => ({
        y: label === undefined ? undefined : Number(label === side),
        x: known[row] ?? [],
        cluster,
      })),
    );
  yield;
  const a = yield* preferenceFor("a");
  yield;
  const b = yield* preferenceFor("b");
  yield;
  return { ...a, labels, rows: rows.length, b, draw: yield* randomDraw(rows) };
}

/**
 * The same of rows that all have a label, so that every value is certain; null where one has none.
 *
 * @param rows Each with the number of rows like it.
 */
export function winRateOfLabels(
  rows: readonly (Pick<RowForPeople, "label"> & { readonly count: number })[],
): PeopleWinRate | null {
  if (rows.length === 0 || rows.some(({ label }) => label === undefined)) return null;
  const counts = { a: 0, b: 0, tie: 0 };
  for (const { label, count } of rows) counts[label!] += count;
  const all = counts.a + counts.b + counts.tie;
  return {
    ...certain(counts.a, all),
    labels: all,
    rows: all,
    b: certain(counts.b, all),
    draw: { differs: [] },
  };
}

function certain(wins: number, rows: number): PeoplePreference {
  const value = wins / rows;
  const estimate = { value, low: value, high: value };
  return { ...estimate, saved: 1, labelsOnly: estimate, method: "all" };
}

function* preference(rows: readonly SampledRow[]): Steps<PeoplePreference> {
  const drawn = rows.flatMap(({ y }) => y ?? []);
  const wins = drawn.reduce((sum, y) => sum + y, 0);
  if (drawn.length === rows.length) return certain(wins, rows.length);
  yield;
  const alone = sampledMean(rows.map(({ y, cluster }) => ({ y, x: [], cluster })));
  yield;
  // Rows that are labelled are certain, whatever the others turn out to be.
  const bounds = { low: wins / rows.length, high: 1 - (drawn.length - wins) / rows.length };
  const labelsOnly = within(
    bounds,
    scoreInterval(alone, { wins, drawn: drawn.length, rows: rows.length }),
  );
  const rarer = Math.min(wins, drawn.length - wins);
  if (drawn.length < leastLabels || rarer < leastOfRarer)
    return { ...labelsOnly, saved: 1, labelsOnly, method: "labels" };
  yield;
  const estimate = sampledMean(rows);
  const error = studentQuantile975(Math.max(3, estimate.degreesOfFreedom)) * estimate.standardError;
  const { value } = estimate;
  return {
    ...within(bounds, { value, low: value - error, high: value + error }),
    saved: (alone.standardError / estimate.standardError) ** 2,
    labelsOnly,
    method: "regression",
  };
}

/** Wilson's interval over as many independent labels as have the same error. */
function scoreInterval(
  { value, standardError, degreesOfFreedom }: SampledMean,
  { wins, drawn, rows }: { wins: number; drawn: number; rows: number },
): Estimate {
  const isOneSided = wins === 0 || wins === drawn;
  const trials = isOneSided
    ? (drawn * (rows - 1)) / (rows - drawn)
    : (value * (1 - value)) / standardError ** 2;
  const student = normalQuantile975 / studentQuantile975(Math.max(3, degreesOfFreedom));
  const effective = trials * student ** 2;
  const interval = wilsonInterval(value * effective, effective);
  return interval === null ? { value, low: 0, high: 1 } : { ...interval, value };
}

function within({ low, high }: { low: number; high: number }, figure: Estimate): Estimate {
  const inside = (value: number) => Math.min(high, Math.max(low, value));
  return { value: inside(figure.value), low: inside(figure.low), high: inside(figure.high) };
}
