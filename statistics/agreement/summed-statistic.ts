import { bootstrapInterval, type BootstrapOptions } from "../estimates/bootstrap.ts";
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
export function measureFigure(
  { observations, valueOf }: SummedStatistic,
  { n, interval }: { n: number; interval?: BootstrapOptions | undefined },
): AgreementFigure {
  const value = valueOf(sumRows(observations));
  if (typeof value === "string") return { value: null, n, reason: value };
  if (interval === undefined) return { value, n };
  const drawn = bootstrapInterval(observations, definedValue(valueOf), interval);
  return { value, n, interval: typeof drawn === "string" ? drawn : around(value, drawn) };
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
