import { marginOfJuror } from "../../state/jury-calibration.ts";
import type { Winner } from "../../state/verdict.ts";
import { compareEvaluators } from "../compare-evaluators.ts";
import { calibrateJury, leastLabels, type WeightsFrom } from "./calibrate-jury.ts";
import type { JudgedByJury } from "./judged-by-jury.ts";
import { fooledAlike, type FooledAlike } from "./fooled-alike.ts";

/** What a run found out about a calibrated jury: `jury` of its summary. */
export type JuryFigures = {
  /** Where the weights come from; `none`: every juror counts alike. */
  readonly weightsFrom: WeightsFrom;
  /** Rows with people's verdict. */
  readonly labels: number;
  readonly tieWeight: number;
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
  }[];
  /** A juror alone that agrees with people better than the jury, beyond noise. */
  readonly worseThan?: {
    readonly juror: string;
    readonly difference: number;
    readonly low: number;
    readonly high: number;
  };
  readonly fooledAlike: readonly FooledAlike[];
};

/** A pair with the jury's verdict. */
export type JuryRow = JudgedByJury & { readonly winner: Winner };

/** Measures a jury over its rows, with and without people's labels. */
export function juryFigures(rows: readonly JuryRow[], names: readonly string[]): JuryFigures {
  const { calibration, from, labels, flips } = calibrateJury(rows, names);
  const all = calibration.jurors.reduce((sum, { weight }) => sum + weight, 0);
  const fromLabels = labels >= leastLabels;
  const compared = fromLabels ? names.map((name) => comparedWith(rows, name)) : [];
  return {
    weightsFrom: from,
    labels,
    tieWeight: rounded(calibration.tieWeight),
    jurors: calibration.jurors.map(({ name, weight, scale }, at) => ({
      name,
      weight: rounded(all === 0 ? 0 : weight / all),
      scale: scale === null ? null : rounded(scale),
      ...(flips[at] ?? { asked: 0, flipped: 0 }),
      read: rows.filter(({ votes }) => marginOfJuror(votes, name) !== null).length,
    })),
    ...worseThan(compared, names),
    fooledAlike: fooledAlike(rows, names, fromLabels),
  };
}

/** A juror's own verdicts against the jury's, on the labelled rows. */
function comparedWith(rows: readonly JuryRow[], name: string) {
  const paired = rows.flatMap(({ votes, label, cluster, winner }) =>
    label === undefined
      ? []
      : [{ label, first: winnerOfJuror(votes, name), second: winner, prompt: cluster }],
  );
  return compareEvaluators(paired, { seed: `jury ${name}` });
}

function winnerOfJuror(votes: JuryRow["votes"], name: string): Winner {
  const said = marginOfJuror(votes, name);
  if (said === null) return "none";
  if (said.margin === 0) return "tie";
  return said.margin > 0 ? "a" : "b";
}

function worseThan(
  compared: readonly ReturnType<typeof compareEvaluators>[],
  names: readonly string[],
): Pick<JuryFigures, "worseThan"> {
  const better = compared.flatMap(({ kappa }, at) => {
    if (kappa.difference === null || kappa.low === null || kappa.better !== "first") return [];
    // The best of several jurors is ahead by luck more easily (Bonferroni).
    if (kappa.pValue > 0.05 / compared.length) return [];
    const { difference, low, high } = kappa;
    return [{ juror: names[at] ?? "", difference, low, high }];
  });
  const [most] = better.toSorted((one, other) => other.difference - one.difference);
  return most === undefined ? {} : { worseThan: most };
}

function rounded(value: number): number {
  return Math.round(1e4 * value) / 1e4;
}
