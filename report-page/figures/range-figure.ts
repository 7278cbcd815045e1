import { estimate, percentage } from "../../statistics/estimates/figure-text.ts";
import { figureAt, type Figured } from "../read/summary-values.ts";
import type { Figure } from "./figure.ts";
import { rangePlot, type Ranged } from "./plot-specs.ts";

export type NamedFigure = { readonly name: string; readonly figure: Figured };

/** The figures at paths of a summary that have a value, under their names. */
export function figuresAt(
  fields: unknown,
  paths: readonly (readonly [name: string, ...path: string[]])[],
): NamedFigure[] {
  return paths.flatMap(([name, ...path]) => {
    const figure = figureAt(fields, ...path);
    return figure === null ? [] : [{ name, figure }];
  });
}

export type RangeFigureOptions = Pick<Figure, "id" | "title" | "explanation"> & {
  /** What the figures are, for the axis. */
  readonly measure: string;
  readonly unit: "share" | "number";
  /** Where the dashed line is. */
  readonly reference?: number;
};

/** Figures with their 95 % intervals beside each other; none for no figures. */
export function rangeFigure(
  figures: readonly NamedFigure[],
  options: RangeFigureOptions,
): Figure[] {
  if (figures.length === 0) return [];
  const { id, title, explanation, measure, unit, reference } = options;
  const isShare = unit === "share";
  const factor = isShare ? 100 : 1;
  const values: Ranged[] = figures.map(({ name, figure: { value, low, high } }) => ({
    name,
    value: value * factor,
    low: low === null ? null : low * factor,
    high: high === null ? null : high * factor,
  }));
  const spec = rangePlot(values, {
    title: isShare ? `${measure}, %` : measure,
    ...(isShare ? { domain: [0, 100] as const } : {}),
    ...(reference === undefined ? {} : { reference: reference * factor }),
  });
  const rows = figures.map(({ name, figure }) => [
    name,
    isShare ? percentage(figure) : estimate(figure),
  ]);
  return [{ id, title, explanation, spec, table: { head: ["Figure", `${measure} [95 %]`], rows } }];
}
