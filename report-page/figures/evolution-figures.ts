import { countsAt, numberAt } from "../read/summary-values.ts";
import type { Figure } from "./figure.ts";
import { wholeText } from "./number-text.ts";
import { barPlot } from "./plot-specs.ts";

/** The figures of an evolution that its rounds don't show. */
export function evolutionFigures(summary: unknown): Figure[] {
  return [...acceptedFigure(summary), ...tokensFigure(summary)];
}

function acceptedFigure(summary: unknown): Figure[] {
  const rounds = countsAt(summary, "rounds");
  if (rounds.length === 0) return [];
  return [
    {
      id: "accepted",
      title: "Accepted rewrites",
      explanation: "Rows by how many rewrites were accepted. Rows with 0 are as they were given.",
      spec: barPlot(
        rounds.map(([name, value]) => ({ name, value, label: wholeText(value) })),
        { title: "rows", of: "accepted rewrites" },
      ),
      table: {
        head: ["Accepted rewrites", "Rows"],
        rows: rounds.map(([name, value]) => [name, wholeText(value)]),
      },
    },
  ];
}

function tokensFigure(summary: unknown): Figure[] {
  const means = (["before", "after"] as const).flatMap((when) => {
    const value = numberAt(summary, "meanTokens", when);
    return value === null ? [] : [{ name: when, value, label: wholeText(value) }];
  });
  if (means.length < 2) return [];
  return [
    {
      id: "tokens-before-after",
      title: "Length of the answers before and after",
      explanation: "Mean length in tokens of o200k_base.",
      spec: barPlot(means, { title: "mean tokens" }),
      table: {
        head: ["Answers", "Mean tokens"],
        rows: means.map(({ name, label }) => [name, label]),
      },
    },
  ];
}
