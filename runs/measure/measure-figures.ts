import {
  lengthControlledWinRate,
  type LengthControlled,
} from "../../statistics/length-controlled.ts";
import { pairedMean, type MeanDifference } from "../../statistics/ranking/paired-mean.ts";

/** What a question came to for one model. */
export type QuestionResult = {
  readonly key: string;
  readonly category: string | null;
  /** MT-Bench: scores of the turns, from 1 to 10; null where unread. */
  readonly scores?: readonly (number | null)[];
  /** AlpacaEval: 1 the model's answer is better, 0.5 a tie, 0 the baseline's; null where unread. */
  readonly win?: number | null;
  /** AlpacaEval: in characters. */
  readonly lengths?: { readonly model: number; readonly baseline: number };
};

export type MeasuredModel = { readonly name: string; readonly results: readonly QuestionResult[] };

type Mean = MeanDifference | null;

export type ModelFigures = {
  readonly name: string;
  /** Questions with a result, and those without. */
  readonly n: number;
  readonly missing: number;
  /** MT-Bench: the mean over all turns, by turn, and by category. */
  readonly score?: Mean;
  readonly turns?: readonly Mean[];
  /** AlpacaEval, a tie as half a win. */
  readonly winRate?: Mean;
  readonly lengthControlled?: LengthControlled;
  readonly wins?: {
    readonly a: number;
    readonly b: number;
    readonly tie: number;
    readonly none: number;
  };
  readonly meanLength?: { readonly model: number; readonly baseline: number };
  readonly categories: readonly {
    readonly category: string;
    readonly n: number;
    readonly value: number;
  }[];
};

/** The difference of two models on the questions that both have, as the first less the second. */
export type ModelDifference = {
  readonly a: string;
  readonly b: string;
  readonly n: number;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly p: number | null;
};

/** `measure` in `summary.json`. */
export type MeasureFigures = {
  readonly style: string;
  readonly questions: number;
  readonly items: readonly ModelFigures[];
  readonly differences: readonly ModelDifference[];
};

const possibleScores = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const possibleWins = [0, 0.5, 1];

export function measureFigures(
  style: string,
  questions: number,
  models: readonly MeasuredModel[],
): MeasureFigures {
  return {
    style,
    questions,
    items: models.map((model) => figuresOf(model, { style, questions })),
    differences: models.flatMap((a, at) => models.slice(at + 1).map((b) => differenceOf(a, b))),
  };
}

/** The figure of a question: its mean score, or its win; null where a part is unread. */
function valueOf({ scores, win }: QuestionResult): number | null {
  if (scores === undefined) return win ?? null;
  const read = scores.filter((score) => score !== null);
  return read.length === 0 ? null : read.reduce((sum, score) => sum + score, 0) / read.length;
}

function figuresOf(
  { name, results }: MeasuredModel,
  { style, questions }: Pick<MeasureFigures, "style" | "questions">,
): ModelFigures {
  const read = results.filter((result) => valueOf(result) !== null);
  const shared = { name, n: read.length, missing: questions - read.length };
  const categories = categoriesOf(read);
  if (style === "mt-bench") {
    const turns = Math.max(0, ...results.map(({ scores = [] }) => scores.length));
    return {
      ...shared,
      score: meanOf(read.map(valueOf), possibleScores),
      turns: Array.from({ length: turns }, (_, turn) =>
        meanOf(
          results.map(({ scores = [] }) => scores[turn] ?? null),
          possibleScores,
        ),
      ),
      categories,
    };
  }
  const count = (wanted: number | null) => results.filter(({ win }) => win === wanted).length;
  const length = (of: "model" | "baseline") =>
    results.reduce((sum, { lengths }) => sum + (lengths?.[of] ?? 0), 0) / (results.length || 1);
  return {
    ...shared,
    winRate: meanOf(read.map(valueOf), possibleWins),
    lengthControlled: lengthControlledWinRate(
      results.map(({ win = null, lengths = { model: 0, baseline: 0 } }) => ({ win, lengths })),
    ),
    wins: { a: count(1), b: count(0), tie: count(0.5), none: count(null) },
    meanLength: { model: length("model"), baseline: length("baseline") },
    categories,
  };
}

function meanOf(values: readonly (number | null)[], possible: readonly number[]): Mean {
  const rows = values.flatMap((value, cluster) => (value === null ? [] : [{ value, cluster }]));
  return pairedMean(rows, { seed: "measure", possible });
}

function categoriesOf(results: readonly QuestionResult[]): ModelFigures["categories"] {
  const groups = new Map<string, number[]>();
  for (const result of results) {
    const value = valueOf(result);
    if (result.category === null || value === null) continue;
    groups.set(result.category, [...(groups.get(result.category) ?? []), value]);
  }
  return [...groups].map(([category, values]) => ({
    category,
    n: values.length,
    value: values.reduce((sum, value) => sum + value, 0) / values.length,
  }));
}

function differenceOf(a: MeasuredModel, b: MeasuredModel): ModelDifference {
  const ofB = new Map(b.results.map((result) => [result.key, valueOf(result)]));
  const rows = a.results.flatMap((result, cluster) => {
    const [one, other] = [valueOf(result), ofB.get(result.key) ?? null];
    return one === null || other === null ? [] : [{ value: one - other, cluster }];
  });
  const mean = pairedMean(rows, { seed: `${a.name} ${b.name}` });
  const { value = null, low = null, high = null, p = null } = mean ?? {};
  return { a: a.name, b: b.name, n: rows.length, value, low, high, p };
}
