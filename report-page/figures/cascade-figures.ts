import * as z from "zod";
import { listAt } from "../read/summary-values.ts";
import {
  frontierHead,
  frontierRows,
  pointText,
  takesText,
  type ShownCascade,
} from "./cascade-words.ts";
import type { Figure } from "./figure.ts";
import { wholeText } from "./number-text.ts";
import { barPlot, linePlot } from "./plot-specs.ts";

const rule = z.union([z.number(), z.enum(["every", "unsure", "skip"])]);

const cascadeFields = z.object({
  key: z.string(),
  pairs: z.number(),
  steps: z.array(
    z.object({
      graph: z.string(),
      asked: z.number(),
      decided: z.number(),
      calls: z.number(),
      takes: rule.nullable(),
    }),
  ),
  frontier: z.array(
    z.object({
      step: z.number(),
      takes: rule,
      asked: z.array(z.number()),
      calls: z.number(),
      usd: z.number(),
      same: z.number(),
      kappa: z.number().nullish(),
    }),
  ),
});

/** What each step of a run's cascades judged, and what smaller margins would come to. */
export function cascadeFigures(summary: unknown): Figure[] {
  return listAt(summary, "cascades").flatMap((value) => {
    const { data } = cascadeFields.safeParse(value);
    if (data === undefined || data.pairs === 0) return [];
    const { key, frontier } = data;
    return [stepsFigure(data), ...(frontier.length < 3 ? [] : [frontierFigure(key, data)])];
  });
}

function stepsFigure({ key, pairs, steps }: z.infer<typeof cascadeFields>): Figure {
  const shown = steps.map(({ graph, asked, ...step }, index) => ({
    ...step,
    name: `step ${index + 1} (${graph})`,
    asked,
    share: `${((100 * asked) / pairs).toFixed(1)} %`,
  }));
  return {
    id: `${idOf(key)}-steps`,
    title: `Cascade${placeOf(key)}: pairs that each step judged`,
    explanation:
      "The first step judges every pair; those of which it is unsure go on to the next one. " +
      "A step decides the pairs that go no further.",
    spec: barPlot(
      shown.map(({ name, asked, share }) => ({
        name,
        value: asked,
        label: `${wholeText(asked)} (${share})`,
      })),
      { title: "pairs" },
    ),
    table: {
      head: ["Step", "Judged", "Share of pairs", "Decided", "Calls", "Takes"],
      rows: shown.map(({ name, asked, share, decided, calls, takes }) => [
        name,
        wholeText(asked),
        share,
        wholeText(decided),
        wholeText(calls),
        takesText(takes),
      ]),
    },
  };
}

function idOf(key: string): string {
  return key === "" ? "cascade" : `cascade-${key.replaceAll(/[^a-z0-9]+/g, "-")}`;
}

function placeOf(key: string): string {
  return key === "" ? "" : ` (${key})`;
}

function frontierFigure(key: string, cascade: ShownCascade): Figure {
  const { frontier } = cascade;
  const isLabelled = frontier.some(({ kappa }) => kappa != null);
  const points = frontier.map((point, index) => ({
    name: `${pointText(point, index)} · ${point.calls} calls`,
    value: isLabelled ? (point.kappa ?? 0) : 100 * point.same,
    low: null,
    high: null,
  }));
  return {
    id: idOf(key),
    title:
      `Cascade${placeOf(key)}: calls against ` +
      `${isLabelled ? "agreement" : "verdicts that stay the same"}`,
    explanation:
      "From the first step alone to the cascade as it was. With a smaller margin fewer " +
      "pairs go on, which costs less; the verdicts are those that the steps gave in this " +
      "run.",
    spec: linePlot(points, {
      title: isLabelled ? "kappa with people" : "same verdict as the cascade, %",
      of: "pairs go on to",
    }),
    table: { head: frontierHead(cascade), rows: frontierRows(cascade) },
  };
}
