import { percentage } from "../../statistics/estimates/figure-text.ts";
import { wilsonInterval } from "../../statistics/estimates/wilson.ts";
import type { Figure } from "./figure.ts";
import { counted, shortText, usdText, wholeText } from "./number-text.ts";
import { columnPlot, linePlot, rangePlot, stackedPlot } from "./plot-specs.ts";
import type { RunCounts } from "./run-counts.ts";

const bins = 10;

/** Tokens and dollars of each agent. */
export function costFigure({ agents }: RunCounts): Figure[] {
  if (agents.size === 0) return [];
  const all = [...agents].map(([name, own]) => ({ name, ...own }));
  const parts = [
    { name: "tokens in", colour: 1 },
    { name: "tokens out", colour: 2 },
  ] as const;
  return [
    {
      id: "cost",
      title: "Tokens and dollars by agent",
      explanation: "Of the finished rows, as the providers counted.",
      spec: stackedPlot(
        all.flatMap(({ name, in: input, out }) => [
          { name, part: "tokens in", value: input },
          { name, part: "tokens out", value: out },
        ]),
        { title: "tokens", parts },
      ),
      table: {
        head: ["Agent", "Model", "Calls", "Tokens in", "Tokens out", "Dollars"],
        rows: all.map(({ name, model, calls, in: input, out, usd, unknownUsd }) => [
          name,
          model,
          wholeText(calls),
          wholeText(input),
          wholeText(out),
          unknownUsd === 0
            ? usdText(usd)
            : `${usdText(usd)} + ${counted(unknownUsd, "call")} unknown`,
        ]),
      },
    },
  ];
}

/** How far apart the two scores of a verdict are. */
export function marginFigure({ margins }: RunCounts, scale: number): Figure[] {
  if (margins.length === 0) return [];
  const counts = binned(margins, scale).map((own) => ({ ...own, value: own.items.length }));
  return [
    {
      id: "margins",
      title: "Score margins",
      explanation:
        `Differences of the two scores of a verdict, on a scale to ${shortText(scale)}. ` +
        "Verdicts at the left are close calls.",
      spec: columnPlot(
        counts.map(({ name, value }) => ({ name, value })),
        { title: "verdicts", of: "difference of the two scores" },
      ),
      table: {
        head: ["Difference", "Verdicts"],
        rows: counts.map(({ name, value }) => [name, wholeText(value)]),
      },
    },
  ];
}

/**
 * Whether larger margins are right more often.
 *
 * @param scale The evaluator's greatest score.
 * @param labelsOf Whose labels count as right.
 */
export function reliabilityFigure(
  { confidence }: RunCounts,
  scale: number,
  { labelsOf }: { readonly labelsOf: string },
): Figure[] {
  if (confidence.length === 0) return [];
  const values = binned(confidence, scale, ({ margin }) => margin).flatMap(({ name, items }) => {
    const right = items.filter(({ isRight }) => isRight).length;
    const share = wilsonInterval(right, items.length);
    return share === null ? [] : [{ name, rows: items.length, right, share }];
  });
  return [
    {
      id: "reliability",
      title: "Confidence against being right",
      explanation:
        `The share of verdicts that agree with ${labelsOf}, by the difference of the two scores. ` +
        "A line that rises shows a judge who knows when it is sure.",
      spec: linePlot(
        values.map(({ name, share: { value, low, high } }) => ({
          name,
          value: value * 100,
          low: low * 100,
          high: high * 100,
        })),
        {
          title: `agrees with ${labelsOf}, %`,
          of: "difference of the two scores",
          domain: [0, 100],
        },
      ),
      table: {
        head: ["Difference", "Rows", "Agree", "Share [95 %]"],
        rows: values.map(({ name, rows, right, share }) => [
          name,
          wholeText(rows),
          wholeText(right),
          percentage(share),
        ]),
      },
    },
  ];
}

/** Position and length of the responses that were preferred, in runs that judge their own. */
export function preferenceFigure({ shown, lengths }: RunCounts): Figure[] {
  const decided = shown.first + shown.second;
  const figures = [
    {
      name: "shown first",
      share: wilsonInterval(shown.first, decided),
      of: `${wholeText(decided)} decided votes`,
    },
    {
      name: "longer text",
      share: wilsonInterval(lengths.longerChosen, lengths.pairs),
      of: counted(lengths.pairs, "pair"),
    },
  ].flatMap(({ name, share, of }) => (share === null ? [] : [{ name, share, of }]));
  if (figures.length === 0) return [];
  return [
    {
      id: "habits",
      title: "Position and length of the preferred response",
      explanation:
        "How often the response shown first, and the longer one, is preferred. " +
        "An interval that leaves the line out may be a habit of the judge, or true quality.",
      spec: rangePlot(
        figures.map(({ name, share: { value, low, high } }) => ({
          name,
          value: value * 100,
          low: low * 100,
          high: high * 100,
        })),
        { title: "preferred, %", domain: [0, 100], reference: 50 },
      ),
      table: {
        head: ["Response", "Preferred [95 %]", "Of"],
        rows: figures.map(({ name, share, of }) => [name, percentage(share), of]),
      },
    },
  ];
}

/** Items in bins of equal width from 0 to the scale, named by their ends. */
function binned<Item>(
  items: readonly Item[],
  scale: number,
  valueOf: (item: Item) => number = Number,
): { readonly name: string; readonly items: Item[] }[] {
  const width = scale / bins;
  const all = Array.from({ length: bins }, (_, bin) => ({
    name: `${shortText(bin * width)}–${shortText((bin + 1) * width)}`,
    items: [] as Item[],
  }));
  for (const item of items) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(valueOf(item) / width)));
    all[bin]?.items.push(item);
  }
  return all;
}
