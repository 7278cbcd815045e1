import { cellText } from "./evaluation-figures.ts";
import type { Figure } from "./figure.ts";
import { matrixPlot } from "./plot-specs.ts";
import { rangeFigure, type NamedFigure } from "./range-figure.ts";
import { figureAt, listAt, numberAt, textAt } from "../read/summary-values.ts";

/** The figures of `compare`: each run's win rate and strength, and each run against each other. */
export function comparisonFigures(comparison: unknown): Figure[] {
  const items = listAt(comparison, "items");
  return [
    ...rangeFigure(named(items, "winRate"), {
      id: "win-rates",
      title: "Win rates",
      explanation: "Wins over all decided and tied comparisons of a run.",
      measure: "win rate",
      unit: "share",
      reference: 0.5,
    }),
    ...rangeFigure(named(items, "strength"), {
      id: "strengths",
      title: "Strengths (Bradley-Terry)",
      explanation:
        "In log-odds: a run that is 1 stronger wins about 73 % of the decided comparisons. " +
        "They add up to 0.",
      measure: "strength",
      unit: "number",
      reference: 0,
    }),
    ...rangeFigure(named(items, "kappa"), {
      id: "kappas",
      title: "Agreement with people",
      explanation: "Kappa over the labelled rows that no evaluator failed.",
      measure: "kappa",
      unit: "number",
      reference: 0,
    }),
    ...matrixFigure(comparison, items),
  ];
}

function named(items: readonly unknown[], field: string): NamedFigure[] {
  return items.flatMap((item) => {
    const figure = figureAt(item, "figures", field);
    return figure === null ? [] : [{ name: textAt(item, "name") ?? "", figure }];
  });
}

function matrixFigure(comparison: unknown, items: readonly unknown[]): Figure[] {
  const matrix = listAt(comparison, "matrix");
  if (matrix.length === 0) return [];
  const names = items.map((item) => textAt(item, "name") ?? "");
  const rateAt = (row: number, column: number) => {
    const cells = matrix[row];
    return Array.isArray(cells) ? numberAt(cells[column], "value") : null;
  };
  const cells = names.flatMap((row, place) =>
    names.map((column, other) => ({
      row,
      column,
      share: rateAt(place, other) ?? 0,
      label: cellText(rateAt(place, other)),
    })),
  );
  return [
    {
      id: "matrix",
      title: "Each run against each other",
      explanation: "Win rate in percent of the run in the row against the run in the column.",
      spec: matrixPlot(cells, { rows: "run", columns: "against" }),
      table: {
        head: ["Run", ...names],
        rows: names.map((name, place) => [
          name,
          ...names.map((_, other) => cellText(rateAt(place, other))),
        ]),
      },
    },
  ];
}
