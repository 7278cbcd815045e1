import type { Steps } from "../../state/in-slices.ts";
import type { Winner } from "../../state/verdict.ts";
import { kappaOfCounts } from "../agreement/cohen-kappa.ts";
import {
  labelAndWinnerCell,
  labelAndWinnerCells,
  labelAndWinnerSize,
} from "../agreement/label-and-winner.ts";
import { kappaDifferenceSteps, type PairedVerdict } from "../compare-evaluators.ts";
import type { Preference } from "../estimates/preference.ts";
import { learnJury, leastLabels, type WeightsFrom } from "./calibrate-jury.ts";
import { fooledAlike, type FooledAlike } from "./fooled-alike.ts";
import type { JurorColumn, JuryRows } from "./jury-rows.ts";
import { unsteadyJurors, type Unsteady } from "./unsteady-jurors.ts";

/** How a jury makes one verdict of its jurors' votes. */
export type JuryCounting = {
  readonly aggregate: "plurality" | "mean" | "weighted" | "calibrated";
  /** In the order of the jurors; a calibrated jury finds its own. */
  readonly weights: readonly number[];
};

/** What a run found out about a jury: `jury` of its summary. */
export type JuryFigures = {
  readonly aggregate: JuryCounting["aggregate"];
  /** Where the weights come from; `none`: every juror counts alike. */
  readonly weightsFrom: WeightsFrom | "topology";
  /** Rows with people's verdict. */
  readonly labels: number;
  /** Of a calibrated jury. */
  readonly tieWeight?: number;
  readonly jurors: readonly {
    readonly name: string;
    /** As a part of all weights, from 0 to 1. */
    readonly weight: number;
    /** Root mean square of its margins; null where none could be read. */
    readonly scale: number | null;
    /** Rows in which it named a side in both orders, and those where it was another one. */
    readonly asked: number;
    readonly flipped: number;
    /** Rows in which it could be read. */
    readonly read: number;
    /** Cohen's kappa of its own verdicts with people's, where enough rows are labelled. */
    readonly kappa?: number | null;
  }[];
  /** A juror alone that agrees with people better than the jury, beyond noise. */
  readonly worseThan?: {
    readonly juror: string;
    readonly difference: number;
    readonly low: number;
    readonly high: number;
  };
  readonly fooledAlike: readonly FooledAlike[];
  /** Jurors whose side is largely a matter of order. */
  readonly unsteady: readonly Unsteady[];
};

/**
 * Measures a jury over its rows, however it counts its votes. Which juror is better than the jury
 * can be known from labels alone; shared habits and jurors that follow the order show without.
 */
export function* juryFigures(
  rows: JuryRows,
  { aggregate, weights: given }: JuryCounting,
): Steps<JuryFigures> {
  const { calibration, from, labels, flips } = yield* learnJury(rows);
  const isCalibrated = aggregate === "calibrated";
  const weights = isCalibrated ? calibration.jurors.map(({ weight }) => weight) : given;
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const tables = countVerdicts(rows);
  yield;
  const hasLabels = tables.rows >= leastLabels;
  return {
    aggregate,
    weightsFrom: isCalibrated ? from : aggregate === "weighted" ? "topology" : "none",
    labels,
    ...(isCalibrated ? { tieWeight: rounded(calibration.tieWeight) } : {}),
    jurors: calibration.jurors.map(({ name, scale }, at) => ({
      name,
      weight: rounded(all === 0 ? 0 : (weights[at] ?? 0) / all),
      scale: scale === null ? null : rounded(scale),
      ...(flips[at] ?? { asked: 0, flipped: 0 }),
      read: countRead(rows.jurors[at]!),
      ...(hasLabels ? { kappa: roundedKappa(tables.ofJurors[at]!) } : {}),
    })),
    ...(hasLabels ? yield* worseThan(rows, tables) : {}),
    fooledAlike: yield* fooledAlike(rows, hasLabels ? "labels" : "flips"),
    unsteady: yield* unsteadyJurors(rows),
  };
}

/** Counts of the measured rows by people's verdict and another (`labelAndWinnerCell`). */
type VerdictTables = {
  readonly rows: number;
  readonly ofJury: Float64Array;
  readonly ofJurors: readonly Float64Array[];
};

function countVerdicts(rows: JuryRows): VerdictTables {
  const ofJury = new Float64Array(labelAndWinnerCells);
  const ofJurors = rows.jurors.map(() => new Float64Array(labelAndWinnerCells));
  let count = 0;
  for (let row = 0; row < rows.size; row++) {
    const label = measuredLabel(rows, row);
    if (label === null) continue;
    count += 1;
    ofJury[labelAndWinnerCell(label, winnerOfJury(rows, row))]! += 1;
    for (const [at, juror] of rows.jurors.entries()) {
      ofJurors[at]![labelAndWinnerCell(label, winnerOfJuror(juror, row))]! += 1;
    }
  }
  return { rows: count, ofJury, ofJurors };
}

/** People's verdict on a row by which agreement is measured; null for any other row. */
function measuredLabel({ verdict }: JuryRows, row: number): Preference | null {
  const { label, drawnAtRandom } = verdict(row);
  return drawnAtRandom === false ? null : (label ?? null);
}

function winnerOfJury({ verdict }: JuryRows, row: number): Winner {
  return verdict(row).winner ?? "none";
}

function winnerOfJuror({ margins }: JurorColumn, row: number): Winner {
  const margin = margins[row]!;
  if (Number.isNaN(margin)) return "none";
  if (margin === 0) return "tie";
  return margin > 0 ? "a" : "b";
}

function countRead({ margins }: JurorColumn): number {
  let read = 0;
  for (const margin of margins) if (!Number.isNaN(margin)) read += 1;
  return read;
}

function kappaOf(table: Float64Array): number | null {
  const kappa = kappaOfCounts(table, labelAndWinnerSize);
  return typeof kappa === "string" ? null : kappa;
}

function roundedKappa(table: Float64Array): number | null {
  const kappa = kappaOf(table);
  return kappa === null ? null : rounded(kappa);
}

/** Only a juror that is ahead of the jury is compared with it: that draws a thousand weightings. */
function* worseThan(
  rows: JuryRows,
  { ofJury, ofJurors }: VerdictTables,
): Steps<Pick<JuryFigures, "worseThan">> {
  const kappaOfJury = kappaOf(ofJury) ?? Infinity;
  const better: NonNullable<JuryFigures["worseThan"]>[] = [];
  for (const [at, juror] of rows.jurors.entries()) {
    if ((kappaOf(ofJurors[at]!) ?? -Infinity) <= kappaOfJury) continue;
    const kappa = yield* kappaDifferenceSteps(pairedWithJury(rows, juror), {
      seed: `jury ${juror.name}`,
    });
    if (kappa.difference === null || kappa.low === null || kappa.better !== "first") continue;
    // The best of several jurors is ahead by luck more easily (Bonferroni).
    if (kappa.pValue > 0.05 / rows.jurors.length) continue;
    const { difference, low, high } = kappa;
    better.push({ juror: juror.name, difference, low, high });
  }
  const [most] = better.toSorted((one, other) => other.difference - one.difference);
  return most === undefined ? {} : { worseThan: most };
}

/** A juror's own verdicts beside the jury's, on the measured rows. */
function pairedWithJury(rows: JuryRows, juror: JurorColumn): PairedVerdict[] {
  const paired: PairedVerdict[] = [];
  for (let row = 0; row < rows.size; row++) {
    const label = measuredLabel(rows, row);
    if (label === null) continue;
    const [first, second] = [winnerOfJuror(juror, row), winnerOfJury(rows, row)];
    paired.push({ label, first, second, prompt: rows.clusters[row]! });
  }
  return paired;
}

function rounded(value: number): number {
  return Math.round(1e4 * value) / 1e4;
}
