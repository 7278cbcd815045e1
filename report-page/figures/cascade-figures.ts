import * as z from "zod";
import { listAt } from "../read/summary-values.ts";
import { frontierHead, frontierRows, pointText, type ShownCascade } from "./cascade-words.ts";
import type { Figure } from "./figure.ts";
import { linePlot } from "./plot-specs.ts";

const rule = z.union([z.number(), z.enum(["every", "unsure", "skip"])]);

const cascadeFields = z.object({
  key: z.string(),
  pairs: z.number(),
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

/** What the cascades of a run would come to with smaller margins. */
export function cascadeFigures(summary: unknown): Figure[] {
  return listAt(summary, "cascades").flatMap((value) => {
    const { data } = cascadeFields.safeParse(value);
    return data === undefined || data.frontier.length < 3 ? [] : [frontierFigure(data.key, data)];
  });
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
  const place = key === "" ? "" : ` (${key})`;
  return {
    id: key === "" ? "cascade" : `cascade-${key.replaceAll(/[^a-z0-9]+/g, "-")}`,
    title:
      `Cascade${place}: calls against ` +
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
