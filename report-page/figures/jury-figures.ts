import * as z from "zod";
import type { JuryFigures } from "../../statistics/jury/jury-figures.ts";
import { valueAt } from "../read/summary-values.ts";
import type { Figure } from "./figure.ts";
import { juryTable, juryWarnings, juryWords } from "./jury-words.ts";
import { barPlot } from "./plot-specs.ts";

const warned = z.object({ low: z.number(), high: z.number() });

const juryFields: z.ZodType<JuryFigures> = z.object({
  aggregate: z.enum(["plurality", "mean", "weighted", "calibrated"]),
  weightsFrom: z.enum(["labels", "flips", "none", "topology"]),
  labels: z.number(),
  jurors: z.array(
    z.object({
      name: z.string(),
      weight: z.number(),
      scale: z.number().nullable(),
      asked: z.number(),
      flipped: z.number(),
      read: z.number(),
      kappa: z.number().nullable().exactOptional(),
    }),
  ),
  worseThan: warned.extend({ juror: z.string(), difference: z.number() }).exactOptional(),
  fooledAlike: z.array(
    z.object({
      jurors: z.tuple([z.string(), z.string()]),
      by: z.enum(["labels", "flips"]),
      share: z.number(),
      expected: z.number(),
      rows: z.number(),
    }),
  ),
  unsteady: z.array(warned.extend({ juror: z.string(), share: z.number(), rows: z.number() })),
});

/** What to beware of in the jury of a run; nothing where there is none. */
export function juryWarningsOf(summary: unknown): string[] {
  const { data } = juryFields.safeParse(valueAt(summary, "jury"));
  return data === undefined ? [] : juryWarnings(data);
}

/** How much each juror counts, and how steady it is. */
export function juryPlots(summary: unknown): Figure[] {
  const { data } = juryFields.safeParse(valueAt(summary, "jury"));
  if (data === undefined) return [];
  const words = juryWords(data);
  const explanation = [
    `${words.charAt(0).toUpperCase()}${words.slice(1)}.`,
    "A juror flips where it names the other side when the responses change places.",
  ];
  const bars = data.jurors.map(({ name, weight }) => {
    const value = 100 * weight;
    return { name, value, label: `${value.toFixed(1)} %` };
  });
  return [
    {
      id: "jury",
      title: "Jury: the weight of each juror",
      explanation: explanation.join(" "),
      spec: barPlot(bars, { title: "part of all weights, %" }),
      table: juryTable(data),
    },
  ];
}
