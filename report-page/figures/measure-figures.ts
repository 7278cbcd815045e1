import { asFields, type Fields } from "../read/read-run.ts";
import { figureAt, listAt, numberAt, textAt } from "../read/summary-values.ts";
import type { Figure } from "./figure.ts";
import { wholeText } from "./number-text.ts";
import { rangePlot, type Ranged } from "./plot-specs.ts";
import { rangeFigure, type NamedFigure } from "./range-figure.ts";

/** The figures of measured models: scores or win rates, differences, and categories. */
export function measureFigures({ measure }: Fields): Figure[] {
  const items = listAt(measure, "items");
  const isGraded = textAt(measure, "style") === "mt-bench";
  return [
    ...(isGraded ? scoreFigure(items) : winRateFigure(items)),
    ...differenceFigure(listAt(measure, "differences"), isGraded),
    ...categoryFigure(items, isGraded),
  ];
}

function scoreFigure(items: readonly unknown[]): Figure[] {
  const scores = items.flatMap((item) => [
    ...named(nameOf(item), figureAt(item, "score")),
    ...listAt(item, "turns").flatMap((turn, at) =>
      named(`${nameOf(item)}, turn ${at + 1}`, figureAt(turn)),
    ),
  ]);
  return rangeFigure(scores, {
    id: "scores",
    title: "Scores",
    explanation: "Mean scores out of 10 over the questions, of all turns and of each turn.",
    measure: "score",
    unit: "number",
  });
}

function winRateFigure(items: readonly unknown[]): Figure[] {
  const rates = items.flatMap((item) => [
    ...named(nameOf(item), figureAt(item, "winRate")),
    ...named(`${nameOf(item)}, length-controlled`, figureAt(item, "lengthControlled")),
  ]);
  return rangeFigure(rates, {
    id: "win-rates",
    title: "Win rates against the baseline",
    explanation:
      "A tie counts as half a win. Length-controlled: the same if both answers had one length.",
    measure: "win rate",
    unit: "share",
    reference: 0.5,
  });
}

/** The paired differences, which are about the same questions. */
function differenceFigure(differences: readonly unknown[], isGraded: boolean): Figure[] {
  const factor = isGraded ? 1 : 100;
  const values = differences.flatMap((one): NamedFigure[] => {
    const figure = figureAt(one);
    if (figure === null) return [];
    const { value, low, high } = figure;
    const name = `${textAt(one, "a") ?? ""} less ${textAt(one, "b") ?? ""}`;
    if (low === null) return [{ name, figure: { ...figure, value: factor * value } }];
    return [{ name, figure: { value: factor * value, low: factor * low, high: factor * high } }];
  });
  return rangeFigure(values, {
    id: "differences",
    title: "Differences on the same questions",
    explanation: "An interval that leaves 0 out is a difference beyond noise.",
    measure: isGraded ? "difference of scores" : "difference of win rates, points",
    unit: "number",
    reference: 0,
  });
}

/** Each category of questions by model, without intervals: a category has few questions. */
function categoryFigure(items: readonly unknown[], isGraded: boolean): Figure[] {
  const values = items.flatMap((item) =>
    listAt(item, "categories").flatMap((one) => {
      const value = numberAt(one, "value");
      const category = textAt(one, "category") ?? "";
      const questions = numberAt(one, "n") ?? 0;
      return value === null ? [] : [{ model: nameOf(item), category, questions, value }];
    }),
  );
  if (values.length === 0) return [];
  const sorted = values.toSorted((one, other) => one.category.localeCompare(other.category, "en"));
  const isAlone = items.length === 1;
  const shown = ({ value }: { readonly value: number }) => (isGraded ? value : 100 * value);
  const points = sorted.map((one): Ranged => ({
    name: isAlone ? one.category : `${one.category}: ${one.model}`,
    value: shown(one),
    low: null,
    high: null,
  }));
  const title = isGraded ? "score" : "win rate, %";
  return [
    {
      id: "categories",
      title: "By category",
      explanation: "Categories have few questions each; read a single one with care.",
      spec: rangePlot(points, { title, ...(isGraded ? {} : { domain: [0, 100], reference: 50 }) }),
      table: {
        head: ["Category", "Model", "Questions", title],
        rows: sorted.map((one) => [
          one.category,
          one.model,
          wholeText(one.questions),
          shown(one).toFixed(isGraded ? 2 : 1),
        ]),
      },
    },
  ];
}

function named(name: string, figure: NamedFigure["figure"] | null): NamedFigure[] {
  return figure === null ? [] : [{ name, figure }];
}

function nameOf(item: unknown): string {
  return textAt(asFields(item), "name") ?? "";
}
