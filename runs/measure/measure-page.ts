import { markdownTable } from "../../datasets/export/markdown-table.ts";
import { counted } from "../../state/counted.ts";
import type { MeanDifference } from "../../statistics/ranking/paired-mean.ts";
import type { MeasureFigures, ModelDifference, ModelFigures } from "./measure-figures.ts";

/** `measure.md`: the figures of the models, the differences, and the categories. */
export function measurePage(figures: MeasureFigures): string {
  const { style, questions, items } = figures;
  const isGraded = style === "mt-bench";
  const categories = [
    ...new Set(items.flatMap((item) => item.categories.map(({ category }) => category))),
  ];
  return [
    `# Measured in the style of ${isGraded ? "MT-Bench" : "AlpacaEval"}`,
    `${counted(questions, "question")}. Brackets hold 95 % intervals over questions.`,
    ...(isGraded ? [gradedTable(items)] : [preferenceTable(items), lengthNote]),
    ...(figures.differences.length === 0
      ? []
      : [
          "## Differences",
          figures.differences.map((one) => `- ${differenceText(one, style)}`).join("\n"),
        ]),
    ...(categories.length === 0
      ? []
      : [
          "## By category",
          markdownTable(
            ["category", ...items.map(({ name }) => name)],
            categories.map((category) => [
              category,
              ...items.map((item) => categoryText(item, category, isGraded)),
            ]),
          ),
        ]),
    "",
  ].join("\n\n");
}

const lengthNote =
  "The win rate counts a tie as half a win. Length-controlled: the same if both answers had one " +
  "length, by AlpacaEval's logistic model without its terms for its own instructions.";

/** The figures in a few lines, for the terminal. */
export function measureLines({ style, items, differences }: MeasureFigures): string[] {
  const lines = items.map((item) => {
    const missing =
      item.missing === 0 ? "" : `; ${counted(item.missing, "question")} without a result`;
    if (item.n === 0) return `${item.name}: no question has a result`;
    if (item.score !== undefined) {
      const turns = (item.turns ?? []).map((turn, at) => `turn ${at + 1} ${meanText(turn)}`);
      return `${item.name}: score ${meanText(item.score)} of 10 (${turns.join(", ")})${missing}`;
    }
    return (
      `${item.name}: win rate ${percentText(item.winRate ?? null)}, length-controlled ` +
      `${controlledText(item)}${missing}`
    );
  });
  return [...lines, ...differences.map((one) => differenceText(one, style))];
}

function gradedTable(items: readonly ModelFigures[]): string {
  const turns = Math.max(0, ...items.map((item) => item.turns?.length ?? 0));
  return markdownTable(
    ["model", "score", ...Array.from({ length: turns }, (_, at) => `turn ${at + 1}`), "questions"],
    items.map((item) => [
      item.name,
      meanText(item.score ?? null),
      ...Array.from({ length: turns }, (_, at) => meanText(item.turns?.[at] ?? null)),
      countText(item),
    ]),
  );
}

function preferenceTable(items: readonly ModelFigures[]): string {
  return markdownTable(
    [
      "model",
      "win rate",
      "length-controlled",
      "wins",
      "losses",
      "ties",
      "unread",
      "characters (baseline)",
      "questions",
    ],
    items.map((item) => [
      item.name,
      percentText(item.winRate ?? null),
      controlledText(item),
      ...[item.wins?.a, item.wins?.b, item.wins?.tie, item.wins?.none].map((count) =>
        String(count ?? 0),
      ),
      `${item.meanLength?.model.toFixed(0)} (${item.meanLength?.baseline.toFixed(0)})`,
      countText(item),
    ]),
  );
}

function countText({ n, missing }: ModelFigures): string {
  return missing === 0 ? String(n) : `${n} (${missing} without a result)`;
}

function categoryText({ categories }: ModelFigures, wanted: string, isGraded: boolean): string {
  const found = categories.find(({ category }) => category === wanted);
  if (found === undefined) return "–";
  const { value, n } = found;
  return isGraded ? `${value.toFixed(2)} (${n})` : `${(100 * value).toFixed(1)} % (${n})`;
}

/** A difference in words; beyond noise where its interval excludes 0. */
function differenceText({ a, b, n, value, low, high }: ModelDifference, style: string): string {
  if (value === null) return `${a} and ${b}: no question has a result of both.`;
  const [factor, unit] = style === "mt-bench" ? [1, ""] : [100, " points"];
  const digits = style === "mt-bench" ? 2 : 1;
  const number = (one: number) => `${one > 0 ? "+" : ""}${(factor * one).toFixed(digits)}`;
  if (low === null || high === null) {
    return (
      `${a} less ${b}: ${number(value)}${unit} on ${counted(n, "question")}, too few for an ` +
      "interval."
    );
  }
  const verdict =
    low > 0 ? `${a} is better` : high < 0 ? `${b} is better` : "the same within noise";
  return (
    `${a} less ${b}: ${number(value)}${unit} [${number(low)}, ${number(high)}] on ` +
    `${counted(n, "question")}: ${verdict}.`
  );
}

function meanText(mean: MeanDifference | null): string {
  if (mean === null) return "–";
  const { value, low, high } = mean;
  return low === null
    ? value.toFixed(2)
    : `${value.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

function percentText(mean: MeanDifference | null): string {
  if (mean === null) return "–";
  return percentRange(mean.value, mean.low, mean.high);
}

function controlledText({ lengthControlled }: ModelFigures): string {
  if (lengthControlled === undefined) return "–";
  if (lengthControlled.value === null) {
    return lengthControlled.reason === "too_few_rows"
      ? "– (fewer than 20 questions)"
      : "– (lengths differ by the same everywhere)";
  }
  return percentRange(lengthControlled.value, lengthControlled.low, lengthControlled.high);
}

function percentRange(value: number, low: number | null, high: number | null): string {
  const percent = (part: number) => (100 * part).toFixed(1);
  const range = low === null || high === null ? "" : ` [${percent(low)}, ${percent(high)}]`;
  return `${percent(value)} %${range}`;
}
