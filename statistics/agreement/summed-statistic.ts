import { atOnce, type Steps } from "../../state/in-slices.ts";
import { drawWeightings, type BootstrapOptions } from "../estimates/bootstrap.ts";
import type { Interval } from "../estimates/interval.ts";
import { sumRows, type Observations } from "../estimates/observations.ts";
import type { AgreementFigure, UndefinedReason } from "./agreement-figure.ts";

/**
 * A statistic that depends on the rows only through sums over them, as every measure of agreement
 * does.
 */
export type SummedStatistic = {
  observations: Observations;
  /** The statistic of the sums, or the word for why it has none. */
  valueOf: (sums: Float64Array) => number | UndefinedReason;
};

/** The statistic over all rows, with a bootstrap interval where one is asked for. */
export function measureFigure(statistic: SummedStatistic, options: FigureOptions): AgreementFigure {
  return atOnce(figureSteps(statistic, options));
}

export type FigureOptions = { n: number; interval?: BootstrapOptions | undefined };

/** The same in steps. */
export function* figureSteps(
  { observations, valueOf }: SummedStatistic,
  options: FigureOptions,
): Steps<AgreementFigure> {
  const { figure } = yield* figuresSteps(observations, { figure: valueOf }, options);
  return figure;
}

/** Several statistics of the same sums. Their intervals rest on the same weightings of the rows. */
export function* figuresSteps<Name extends string>(
  observations: Observations,
  statistics: Readonly<Record<Name, SummedStatistic["valueOf"]>>,
  { n, interval }: FigureOptions,
): Steps<Record<Name, AgreementFigure>> {
  const names = Object.keys(statistics) as Name[];
  const sums = sumRows(observations);
  yield;
  const values = names.map((name) => statistics[name](sums));
  const isDefined = values.some((value) => typeof value !== "string");
  const weightings =
    interval === undefined || !isDefined ? null : yield* drawWeightings(observations, interval);
  const figures = {} as Record<Name, AgreementFigure>;
  for (const [at, name] of names.entries()) {
    const value = values[at]!;
    if (typeof value === "string") figures[name] = { value: null, n, reason: value };
    else if (weightings === null) figures[name] = { value, n };
    else {
      const drawn = weightings.intervalOf(definedValue(statistics[name]));
      figures[name] = {
        value,
        n,
        interval: typeof drawn === "string" ? drawn : around(value, drawn),
      };
      yield;
    }
  }
  return figures;
}

/** The statistic without the reason for having none. */
export function definedValue(valueOf: SummedStatistic["valueOf"]) {
  return (sums: Float64Array): number | null => {
    const value = valueOf(sums);
    return typeof value === "string" ? null : value;
  };
}

/** The prior keeps a figure off the ends of its scale; the interval holds it there all the same. */
export function around(value: number, { low, high }: Interval): Interval {
  return { low: Math.min(low, value), high: Math.max(high, value) };
}
