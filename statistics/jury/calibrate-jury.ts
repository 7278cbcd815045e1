import {
  scaledMargin,
  winnerOfLeaning,
  type JuryCalibration,
  type JuryLeaning,
  type JurorCalibration,
} from "../../state/evaluation/jury-calibration.ts";
import { atOnce, type Steps } from "../../state/in-slices.ts";
import { fitJurorWeights } from "./fit-juror-weights.ts";
import { flipsOfJuror, flipWeights, type JurorFlips } from "./flip-weights.ts";
import type { JudgedByJury } from "./judged-by-jury.ts";
import { juryRowsOf, type JurorColumn, type JuryRows } from "./jury-rows.ts";

/** Where the weights of the jurors come from; `none`: every juror counts alike. */
export type WeightsFrom = "labels" | "flips" | "none";

/** A jury as all rows of a run calibrate it. */
export type LearnedJury = {
  readonly calibration: JuryCalibration;
  readonly from: WeightsFrom;
  /** Rows with people's verdict. */
  readonly labels: number;
  readonly flips: readonly JurorFlips[];
};

export type CalibratedJury = LearnedJury & {
  /**
   * The calibration for a row: that of a labelled row doesn't know the labels of its own prompt,
   * so that agreement with people isn't measured on what was learned from them.
   */
  readonly forRow: (row: Pick<JudgedByJury, "label" | "cluster">) => JuryCalibration;
};

/** With fewer labelled rows the weights come from flips. */
export const leastLabels = 20;

/** Labelled prompts are divided into so many parts, each judged by what the others taught. */
const folds = 10;

/** `calibrateJurySteps`, all at once. */
export function calibrateJury(
  rows: readonly JudgedByJury[],
  names: readonly string[],
): CalibratedJury {
  return atOnce(calibrateJurySteps(juryRowsOf(rows, names)));
}

/**
 * Calibrates a jury on the rows of a run. The scale of a juror is the root mean square of its
 * margins. Its weight comes from its flips, without labels: independent readings of one judge agree
 * as often as it sees the same, whatever the truth is (`flipWeights`). Where 20 rows or more are
 * labelled, the weights are fitted to the labels, from the flips' weights on (`fitJurorWeights`).
 * The weight of a tie is the one that is right most often on the labels; without labels it makes as
 * many rows ties as the jurors have on average. People call more pairs a tie than a jury can find:
 * as many ties as theirs would mostly be other rows.
 *
 * Agreement between jurors is no evidence: jurors who are fooled alike agree best.
 */
export function* calibrateJurySteps(rows: JuryRows): Steps<CalibratedJury> {
  const learned = yield* learnJury(rows);
  const { calibration, from, flips } = learned;
  if (from !== "labels") return { ...learned, forRow: () => calibration };
  const labelled = labelledRows(rows);
  const places = placesOf(rows, labelled);
  const foldOf = (cluster: number) => places[cluster]! % folds;
  const prior = withWeights(calibration.jurors, flipWeights(flips).weights);
  const byFold: JuryCalibration[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const others = labelled.filter((row) => foldOf(rows.clusters[row]!) !== fold);
    byFold.push(yield* calibratedByLabels(rows, others, prior));
  }
  return {
    ...learned,
    forRow: ({ label, cluster }) => {
      const number = rows.clusterNumber(cluster);
      if (label === undefined || number === undefined || places[number]! < 0) return calibration;
      return byFold[foldOf(number)] ?? calibration;
    },
  };
}

/** The calibration by all rows alone. */
export function* learnJury(rows: JuryRows): Steps<LearnedJury> {
  const labelled = labelledRows(rows);
  const { jurors, flips, areKnown } = yield* beforeLabels(rows);
  const fromLabels = labelled.length >= leastLabels;
  return {
    calibration: fromLabels
      ? yield* calibratedByLabels(rows, labelled, jurors)
      : { jurors, tieWeight: yield* usualTieWeight(rows, jurors) },
    from: fromLabels ? "labels" : areKnown ? "flips" : "none",
    labels: labelled.length,
    flips,
  };
}

/** What the rows say of the jurors without labels. */
function* beforeLabels({ jurors: columns }: JuryRows) {
  const scaled: Omit<JurorCalibration, "weight">[] = [];
  const flips: JurorFlips[] = [];
  for (const column of columns) {
    scaled.push({ name: column.name, scale: scaleOf(column) });
    flips.push(flipsOfJuror(column));
    yield;
  }
  const { weights, areKnown } = flipWeights(flips);
  return { jurors: withWeights(scaled, weights), flips, areKnown };
}

function* calibratedByLabels(
  rows: JuryRows,
  known: Uint32Array,
  prior: readonly JurorCalibration[],
): Steps<JuryCalibration> {
  const jurors = withWeights(prior, yield* fitJurorWeights(rows, known, prior));
  return { jurors, tieWeight: yield* rightTieWeight(rows, known, jurors) };
}

function withWeights(
  jurors: readonly Omit<JurorCalibration, "weight">[],
  weights: readonly number[],
): JurorCalibration[] {
  return jurors.map((juror, at) => ({ ...juror, weight: weights[at] ?? 0 }));
}

function labelledRows({ size, verdict }: JuryRows): Uint32Array {
  const labelled = new Uint32Array(size);
  let count = 0;
  for (let row = 0; row < size; row++) {
    if (verdict(row).label !== undefined) labelled[count++] = row;
  }
  return labelled.subarray(0, count);
}

/** The place of each labelled prompt among them, by its first row; -1 for the others. */
function placesOf({ clusters, clusterCount }: JuryRows, labelled: Uint32Array): Int32Array {
  const places = new Int32Array(clusterCount).fill(-1);
  let next = 0;
  for (const row of labelled) {
    if (places[clusters[row]!]! < 0) places[clusters[row]!] = next++;
  }
  return places;
}

/** Root mean square of a juror's margins; null where it gave none. */
function scaleOf({ margins }: JurorColumn): number | null {
  let [sum, count] = [0, 0];
  for (const margin of margins) {
    if (Number.isNaN(margin)) continue;
    sum += margin * margin;
    count += 1;
  }
  return count === 0 ? null : Math.sqrt(sum / count);
}

/** `leaningOf` of a row. */
function leaningAt(
  { jurors: columns }: JuryRows,
  jurors: readonly JurorCalibration[],
  row: number,
): JuryLeaning | null {
  let [side, tie, read] = [0, 0, 0];
  for (let at = 0; at < jurors.length; at++) {
    const { scale, weight } = jurors[at]!;
    const { margins, reading } = columns[at]!;
    if (Number.isNaN(margins[row]!)) continue;
    read += 1;
    side += weight * scaledMargin(margins[row]!, scale);
    tie += weight * reading(row).tie;
  }
  return read === 0 ? null : { side, tie };
}

/** The weights of ties between which the right one is looked for. */
const tieWeights = { least: 0.25, most: 4 };
/** From the least to the most, each by half an octave more than the one before. */
const triedTieWeights = Array.from({ length: 9 }, (_, step) => tieWeights.least * 2 ** (step / 2));

/** Rows looked at between two pauses: some milliseconds of work. */
const rowsAStep = 20_000;

/** The weight of a tie with which the verdict is the label's in most rows; the least of several. */
function* rightTieWeight(
  rows: JuryRows,
  labelled: Uint32Array,
  jurors: readonly JurorCalibration[],
): Steps<number> {
  const right = triedTieWeights.map(() => 0);
  for (const [at, row] of labelled.entries()) {
    if (at % rowsAStep === rowsAStep - 1) yield;
    const leaning = leaningAt(rows, jurors, row);
    const { label } = rows.verdict(row);
    if (leaning === null) continue;
    for (let tried = 0; tried < right.length; tried++) {
      if (winnerOfLeaning(leaning, triedTieWeights[tried]!) === label) right[tried]! += 1;
    }
  }
  return triedTieWeights[right.indexOf(Math.max(...right))] ?? tieWeights.least;
}

/** The weight at which a share of the rows are ties: the mean share of the jurors. */
function* usualTieWeight(rows: JuryRows, jurors: readonly JurorCalibration[]): Steps<number> {
  // Rows that are ties at any weight, and the weights from which on the others are.
  const all = new Float64Array(rows.size);
  let count = 0;
  for (let row = 0; row < rows.size; row++) {
    if (row % rowsAStep === rowsAStep - 1) yield;
    const leaning = leaningAt(rows, jurors, row);
    if (leaning === null) continue;
    const { side, tie } = leaning;
    all[count++] = tie === 0 ? Infinity : Math.abs(side) / tie;
  }
  yield;
  const thresholds = all.subarray(0, count).sort();
  yield;
  const wanted = Math.round(meanTies(rows, jurors) * count);
  const below = wanted === 0 ? 0 : (thresholds[wanted - 1] ?? 1);
  const above = thresholds[wanted] ?? below;
  const middle = Number.isFinite(above) ? (below + above) / 2 : below;
  return Math.min(tieWeights.most, Math.max(tieWeights.least, middle));
}

function meanTies(
  { size, jurors: columns }: JuryRows,
  jurors: readonly JurorCalibration[],
): number {
  let [ties, all] = [0, 0];
  for (let row = 0; row < size; row++) {
    for (const [at, { weight }] of jurors.entries()) {
      const { margins, reading } = columns[at]!;
      if (Number.isNaN(margins[row]!)) continue;
      ties += weight * reading(row).tie;
      all += weight;
    }
  }
  return all === 0 ? 0 : ties / all;
}
