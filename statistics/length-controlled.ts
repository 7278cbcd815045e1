import { normalQuantile975, type Estimate } from "./estimates/interval.ts";
import { logistic } from "./estimates/logistic-regression.ts";

/** A verdict on a model's answer beside the baseline's. */
export type PreferenceRow = {
  /** 1 the model's answer is better, 0 the baseline's, between them for ties; null if unread. */
  readonly win: number | null;
  /** In characters. */
  readonly lengths: { readonly model: number; readonly baseline: number };
};

export type LengthControlled =
  | (Estimate & { readonly penalty: number })
  | { readonly value: null; readonly reason: "too_few_rows" | "no_variation" };

const minRows = 20;
const folds = 5;
/** scikit-learn's default grid: ten values of C, evenly spaced in their logarithm. */
const penalties = Array.from({ length: 10 }, (_, at) => 10 ** (-4 + (8 * at) / 9));

type Point = { readonly x: number; readonly win: number };
/** Log odds of a win: `length` times tanh of the scaled length difference, plus `model`. */
type Coefficients = { readonly length: number; readonly model: number };

/**
 * AlpacaEval's length-controlled win rate by its formula `length_controlled_minimal`: a logistic
 * model of the preference on the length difference and the model, with an L1 penalty chosen by
 * five-fold cross-validation, read where both answers have one length. Its default formula adds
 * the difficulty of AlpacaEval's own 805 instructions, which other questions do not have. Equal to
 * the package within 0.001 (it stops its solver early, and shuffles folds by its sorting). The
 * 95 % interval comes from the Fisher information at the fit; the package has none.
 *
 * Source: Dubois et al., "Length-Controlled AlpacaEval" (arXiv 2404.04475); PyPI's alpaca-eval
 * 0.6.6, `metrics/glm_winrate.py`.
 */
export function lengthControlledWinRate(rows: readonly PreferenceRow[]): LengthControlled {
  const differences = rows.map(({ lengths }) => lengths.baseline - lengths.model);
  const deviation = standardDeviation(differences);
  const points = rows.flatMap(({ win }, row) =>
    win === null ? [] : [{ x: Math.tanh(differences[row]! / deviation), win }],
  );
  if (points.length < minRows) return { value: null, reason: "too_few_rows" };
  if (!(deviation > 0)) return { value: null, reason: "no_variation" };
  const penalty = bestPenalty(points);
  const fit = fitPenalised(points, penalty);
  const halfWidth = normalQuantile975 * modelStandardError(points, fit);
  return {
    value: logistic(fit.model),
    low: logistic(fit.model - halfWidth),
    high: logistic(fit.model + halfWidth),
    penalty,
  };
}

/** The C of the smallest mean loss on left-out folds; the smallest such C. */
function bestPenalty(points: readonly Point[]): number {
  const losses = penalties.map((penalty) => {
    const ofFolds = Array.from({ length: folds }, (_, fold) => {
      // The last row goes to the first fold, as GroupKFold deals groups of one size.
      const isLeftOut = (row: number) => (points.length - 1 - row) % folds === fold;
      const fit = fitPenalised(
        points.filter((_, row) => !isLeftOut(row)),
        penalty,
      );
      return meanLoss(
        points.filter((_, row) => isLeftOut(row)),
        fit,
      );
    });
    return ofFolds.reduce((sum, loss) => sum + loss, 0) / folds;
  });
  return penalties[losses.indexOf(Math.min(...losses))]!;
}

/**
 * Minimises |length| + |model| + C times the summed log loss by coordinate descent: a Newton step
 * with soft threshold for one coefficient after the other, halved until the objective falls.
 */
function fitPenalised(points: readonly Point[], penalty: number): Coefficients {
  let fit: Coefficients = { length: 0, model: 0 };
  let value = objective(points, fit, penalty);
  for (let iteration = 0; iteration < 500; iteration += 1) {
    const before = value;
    for (const name of ["model", "length"] as const) {
      const target = coordinateTarget(points, fit, name, penalty);
      for (let scale = 1; scale > 1e-9; scale /= 2) {
        const next = { ...fit, [name]: fit[name] + scale * (target - fit[name]) };
        const nextValue = objective(points, next, penalty);
        if (nextValue > value) continue;
        [fit, value] = [next, nextValue];
        break;
      }
    }
    if (before - value <= 1e-12 * (1 + Math.abs(before))) break;
  }
  return fit;
}

function coordinateTarget(
  points: readonly Point[],
  fit: Coefficients,
  name: keyof Coefficients,
  penalty: number,
): number {
  let [gradient, curvature] = [0, 1e-12];
  for (const point of points) {
    const value = name === "model" ? 1 : point.x;
    const probability = logistic(logOdds(point, fit));
    gradient += penalty * (probability - point.win) * value;
    curvature += penalty * probability * (1 - probability) * value * value;
  }
  const newton = fit[name] - gradient / curvature;
  return Math.sign(newton) * Math.max(0, Math.abs(newton) - 1 / curvature);
}

function objective(points: readonly Point[], fit: Coefficients, penalty: number): number {
  return (
    Math.abs(fit.length) + Math.abs(fit.model) + penalty * points.length * meanLoss(points, fit)
  );
}

function meanLoss(points: readonly Point[], fit: Coefficients): number {
  const sum = points.reduce((total, point) => {
    const odds = logOdds(point, fit);
    // log(1 + exp(odds)) without overflow
    return total + Math.max(odds, 0) + Math.log1p(Math.exp(-Math.abs(odds))) - point.win * odds;
  }, 0);
  return sum / points.length;
}

function logOdds({ x }: Point, { length, model }: Coefficients): number {
  return length * x + model;
}

/** From the inverse of the Fisher information of both coefficients. */
function modelStandardError(points: readonly Point[], fit: Coefficients): number {
  let [h00, h01, h11] = [0, 0, 0];
  for (const point of points) {
    const probability = logistic(logOdds(point, fit));
    const weight = probability * (1 - probability);
    h00 += weight;
    h01 += weight * point.x;
    h11 += weight * point.x * point.x;
  }
  return Math.sqrt(h11 / (h00 * h11 - h01 * h01));
}

/** Of a sample (divided by n - 1). */
function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
