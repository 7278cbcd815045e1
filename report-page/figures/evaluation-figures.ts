import { countsAt, numberAt } from "../read/summary-values.ts";
import type { Figure } from "./figure.ts";
import { shortText, wholeText } from "./number-text.ts";
import { barPlot, matrixPlot } from "./plot-specs.ts";
import { figuresAt, rangeFigure } from "./range-figure.ts";

/** The figures of an evaluation: wins, agreement with people, and habits. */
export function evaluationFigures(summary: unknown): Figure[] {
  return [
    ...winsFigure(summary),
    ...agreementFigure(summary),
    ...confusionFigure(summary),
    ...habitsFigure(summary),
  ];
}

const winnerNames: Readonly<Record<string, string>> = {
  a: "A wins",
  b: "B wins",
  tie: "tie",
  none: "unreadable",
};

function winsFigure(summary: unknown): Figure[] {
  const wins = countsAt(summary, "wins");
  if (wins.length === 0) return [];
  const rows = wins.map(([winner, n]) => [winnerNames[winner] ?? winner, wholeText(n)] as const);
  return [
    {
      id: "wins",
      title: "Verdicts",
      explanation: "Rows by their verdict. Unreadable ones count as no win.",
      spec: barPlot(
        wins.map(([winner, value], place) => ({
          name: rows[place]?.[0] ?? winner,
          value,
          label: wholeText(value),
        })),
        { title: "rows" },
      ),
      table: { head: ["Verdict", "Rows"], rows },
    },
  ];
}

function agreementFigure(summary: unknown): Figure[] {
  const figures = figuresAt(summary, [
    ["kappa with people", "agreement", "kappa"],
    ["kappa with unreadable rows", "agreement", "kappaOfAll"],
    ["people among themselves", "agreement", "people", "kappa"],
    ["Scott's pi", "agreement", "pi"],
    ["Gwet's AC1", "agreement", "ac1"],
    ["Krippendorff's alpha", "agreement", "alpha"],
    ["voters among themselves", "voters"],
  ]);
  return rangeFigure(figures, {
    id: "agreement",
    title: "Agreement with people",
    explanation:
      "1 is perfect, 0 what chance gives; 0.4 to 0.6 is usual for good judges. People's " +
      "agreement among themselves is the ceiling.",
    measure: "agreement",
    unit: "number",
    reference: 0,
  });
}

const labels = ["a", "b", "tie"] as const;

function confusionFigure(summary: unknown): Figure[] {
  const counts = labels.map((label) =>
    labels.map((winner) => numberAt(summary, "agreement", "confusion", label, winner) ?? 0),
  );
  const named = (label: string) => (label === "tie" ? "tie" : label.toUpperCase());
  const total = counts.flat().reduce((sum, n) => sum + n, 0);
  if (total === 0) return [];
  const cells = labels.flatMap((label, row) => {
    const own = counts[row] ?? [];
    const sum = own.reduce((all, n) => all + n, 0);
    return labels.map((winner, column) => ({
      row: named(label),
      column: named(winner),
      share: sum === 0 ? 0 : (own[column] ?? 0) / sum,
      label: wholeText(own[column] ?? 0),
    }));
  });
  return [
    {
      id: "confusion",
      title: "People's verdict against the evaluator's",
      explanation: "Rows on the diagonal agree. A cell is darker the larger its part of the row.",
      spec: matrixPlot(cells, { rows: "people", columns: "evaluator" }),
      table: {
        head: ["People", ...labels.map((label) => `evaluator ${named(label)}`)],
        rows: labels.map((label, row) => [named(label), ...(counts[row] ?? []).map(wholeText)]),
      },
    },
  ];
}

/**
 * Win rates and habits. The sides of an audited pair are no models, so an audit has habits alone.
 */
export function habitsFigure(summary: unknown, { isAudit = false } = {}): Figure[] {
  const winRates = [
    ["win rate of A", "winRate", "a"],
    ["win rate of B", "winRate", "b"],
    ["people's win rate of A", "peopleWinRate"],
    ["people's win rate of B", "peopleWinRate", "b"],
    ["people's, labels alone", "peopleWinRate", "labelsOnly"],
  ] as const;
  const figures = figuresAt(summary, [
    ...(isAudit ? [] : winRates),
    ["shown first wins", "bias", "position", "first"],
    ["shown second wins", "bias", "position", "second"],
    ["longer response wins", "bias", "length", "longer"],
    ["A wins at equal length", "bias", "equalLength", "a"],
    ["own model family wins", "bias", "family", "own"],
    ["flipped with the order", "bias", "flips", "rate"],
  ]);
  return rangeFigure(figures, {
    id: "habits",
    title: `${isAudit ? "Position" : "Win rates, position"}, length, family and flips`,
    explanation:
      "Shares with their 95 % intervals. If one for position, length or family " +
      "leaves out 50 %, the judge may have a habit. Flips are best near 0 %.",
    measure: "share",
    unit: "share",
    reference: 0.5,
  });
}

/** A figure without its interval, for cells of a matrix. */
export function cellText(value: number | null): string {
  return value === null ? "–" : shortText(value * 100, 0);
}
