import { marginOfJuror } from "../../state/evaluation/jury-calibration.ts";
import type { Winner } from "../../state/verdict.ts";
import { cohenKappa } from "../agreement/cohen-kappa.ts";
import { compareEvaluators, type PairedVerdict } from "../compare-evaluators.ts";
import { preferences } from "../estimates/preference.ts";
import { calibrateJury, leastLabels, type WeightsFrom } from "./calibrate-jury.ts";
import type { JudgedByJury } from "./judged-by-jury.ts";
import { fooledAlike, type FooledAlike } from "./fooled-alike.ts";
import { unsteadyJurors, type Unsteady } from "./unsteady-jurors.ts";

/** How a jury makes one verdict of its jurors' votes. */
export type JuryCounting = {
  readonly aggregate: "plurality" | "mean" | "weighted" | "calibrated";
  readonly jurors: readonly string[];
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

/** A pair with the jury's verdict. */
export type JuryRow = JudgedByJury & {
  readonly winner: Winner;
  /** False where its label teaches, and no agreement is measured by it. */
  readonly drawnAtRandom?: boolean | undefined;
};

/**
 * Measures a jury over its rows, however it counts its votes. Which juror is better than the jury
 * can be known from labels alone; shared habits and jurors that follow the order show without.
 */
export function juryFigures(rows: readonly JuryRow[], counting: JuryCounting): JuryFigures {
  const { aggregate, jurors: names } = counting;
  const { calibration, from, labels, flips } = calibrateJury(rows, names);
  const isCalibrated = aggregate === "calibrated";
  const weights = isCalibrated ? calibration.jurors.map(({ weight }) => weight) : counting.weights;
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const measured = rows.filter(
    ({ label, drawnAtRandom }) => label !== undefined && drawnAtRandom !== false,
  );
  const hasLabels = measured.length >= leastLabels;
  const own = hasLabels ? names.map((name) => ownVerdicts(measured, name)) : [];
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
      read: rows.filter(({ votes }) => marginOfJuror(votes, name) !== null).length,
      ...(hasLabels ? { kappa: kappaOf(own[at] ?? []) } : {}),
    })),
    ...worseThan(own, names),
    fooledAlike: fooledAlike(hasLabels ? measured : rows, names, hasLabels),
    unsteady: unsteadyJurors(rows, names),
  };
}

/** A juror's own verdicts beside the jury's, on the labelled rows. */
function ownVerdicts(rows: readonly JuryRow[], name: string): PairedVerdict[] {
  return rows.flatMap(({ votes, label, cluster, winner }) =>
    label === undefined
      ? []
      : [{ label, first: winnerOfJuror(votes, name), second: winner, prompt: cluster }],
  );
}

function kappaOf(own: readonly PairedVerdict[]): number | null {
  const { value } = cohenKappa(
    own.map(({ label }) => label),
    own.map(({ first }) => first),
    { categories: [...preferences, "none"] },
  );
  return value === null ? null : rounded(value);
}

function winnerOfJuror(votes: JuryRow["votes"], name: string): Winner {
  const said = marginOfJuror(votes, name);
  if (said === null) return "none";
  if (said.margin === 0) return "tie";
  return said.margin > 0 ? "a" : "b";
}

function worseThan(
  own: readonly (readonly PairedVerdict[])[],
  names: readonly string[],
): Pick<JuryFigures, "worseThan"> {
  const better = own.flatMap((paired, at) => {
    const { kappa } = compareEvaluators(paired, { seed: `jury ${names[at] ?? ""}` });
    if (kappa.difference === null || kappa.low === null || kappa.better !== "first") return [];
    // The best of several jurors is ahead by luck more easily (Bonferroni).
    if (kappa.pValue > 0.05 / own.length) return [];
    const { difference, low, high } = kappa;
    return [{ juror: names[at] ?? "", difference, low, high }];
  });
  const [most] = better.toSorted((one, other) => other.difference - one.difference);
  return most === undefined ? {} : { worseThan: most };
}

function rounded(value: number): number {
  return Math.round(1e4 * value) / 1e4;
}
