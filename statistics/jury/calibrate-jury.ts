import {
  calibratedVerdict,
  leaningOf,
  marginOfJuror,
  type JuryCalibration,
  type JurorCalibration,
} from "../../state/evaluation/jury-calibration.ts";
import type { Cluster } from "../estimates/observations.ts";
import { fitJurorWeights } from "./fit-juror-weights.ts";
import { flipsOfJuror, flipWeights, type JurorFlips } from "./flip-weights.ts";
import type { JudgedByJury } from "./judged-by-jury.ts";

/** Where the weights of the jurors come from; `none`: every juror counts alike. */
export type WeightsFrom = "labels" | "flips" | "none";

export type CalibratedJury = {
  readonly calibration: JuryCalibration;
  readonly from: WeightsFrom;
  /** Rows with people's verdict. */
  readonly labels: number;
  readonly flips: readonly JurorFlips[];
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
export function calibrateJury(
  rows: readonly JudgedByJury[],
  names: readonly string[],
): CalibratedJury {
  const scaled = names.map((name) => ({ name, scale: scaleOf(rows, name) }));
  const flips = names.map((name) => flipsOfJuror(rows, name));
  const byFlips = flipWeights(flips);
  const labelled = rows.filter(({ label }) => label !== undefined);
  const fromLabels = labelled.length >= leastLabels;

  function calibrationFrom(known: readonly JudgedByJury[]): JuryCalibration {
    const weights = fromLabels
      ? fitJurorWeights(known, withWeights(scaled, byFlips.weights))
      : byFlips.weights;
    const jurors = withWeights(scaled, weights);
    const tieWeight = fromLabels ? rightTieWeight(known, jurors) : usualTieWeight(rows, jurors);
    return { jurors, tieWeight };
  }

  const calibration = calibrationFrom(labelled);
  const places = placesOf(labelled);
  const byFold = new Map<number, JuryCalibration>();
  return {
    calibration,
    from: fromLabels ? "labels" : byFlips.areKnown ? "flips" : "none",
    labels: labelled.length,
    flips,
    forRow: ({ label, cluster }) => {
      const place = places.get(cluster);
      if (!fromLabels || label === undefined || place === undefined) return calibration;
      const fold = place % folds;
      const made =
        byFold.get(fold) ??
        calibrationFrom(labelled.filter((row) => (places.get(row.cluster) ?? 0) % folds !== fold));
      byFold.set(fold, made);
      return made;
    },
  };
}

function withWeights(
  scaled: readonly Omit<JurorCalibration, "weight">[],
  weights: readonly number[],
): JurorCalibration[] {
  return scaled.map((juror, index) => ({ ...juror, weight: weights[index] ?? 0 }));
}

/** The place of each labelled prompt among them, by its first row. */
function placesOf(labelled: readonly JudgedByJury[]): Map<Cluster, number> {
  const places = new Map<Cluster, number>();
  for (const { cluster } of labelled) {
    if (!places.has(cluster)) places.set(cluster, places.size);
  }
  return places;
}

/** Root mean square of a juror's margins; null where it gave none. */
function scaleOf(rows: readonly JudgedByJury[], name: string): number | null {
  const margins = rows.flatMap(({ votes }) => marginOfJuror(votes, name)?.margin ?? []);
  if (margins.length === 0) return null;
  return Math.sqrt(margins.reduce((sum, margin) => sum + margin * margin, 0) / margins.length);
}

/** The weights of ties between which the right one is looked for. */
const tieWeights = { least: 0.25, most: 4 };
/** From the least to the most, each by half an octave more than the one before. */
const triedTieWeights = Array.from({ length: 9 }, (_, step) => tieWeights.least * 2 ** (step / 2));

/** The weight of a tie with which the verdict is the label's in most rows; the least of several. */
function rightTieWeight(
  labelled: readonly JudgedByJury[],
  jurors: readonly JurorCalibration[],
): number {
  let [best, most] = [tieWeights.least, -1];
  for (const tieWeight of triedTieWeights) {
    const right = labelled.filter(
      ({ votes, label }) => calibratedVerdict(votes, { jurors, tieWeight })?.winner === label,
    ).length;
    if (right > most) [best, most] = [tieWeight, right];
  }
  return best;
}

/** The weight at which a share of the rows are ties: the mean share of the jurors. */
function usualTieWeight(
  rows: readonly JudgedByJury[],
  jurors: readonly JurorCalibration[],
): number {
  const leanings = rows.flatMap(({ votes }) => leaningOf(votes, { jurors }) ?? []);
  // Rows that are ties at any weight, and the weights from which on the others are.
  const thresholds = leanings
    .map(({ side, tie }) => (tie === 0 ? Infinity : Math.abs(side) / tie))
    .toSorted((one, other) => one - other);
  const wanted = Math.round(meanTies(rows, jurors) * leanings.length);
  const below = wanted === 0 ? 0 : (thresholds[wanted - 1] ?? 1);
  const above = thresholds[wanted] ?? below;
  const middle = Number.isFinite(above) ? (below + above) / 2 : below;
  return Math.min(tieWeights.most, Math.max(tieWeights.least, middle));
}

function meanTies(rows: readonly JudgedByJury[], jurors: readonly JurorCalibration[]): number {
  let [ties, all] = [0, 0];
  for (const { votes } of rows) {
    for (const { name, weight } of jurors) {
      const said = marginOfJuror(votes, name);
      if (said === null) continue;
      ties += weight * said.tie;
      all += weight;
    }
  }
  return all === 0 ? 0 : ties / all;
}
