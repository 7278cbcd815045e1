import * as z from "zod";
import { valueAt } from "../read/summary-values.ts";
import type { Figure } from "./figure.ts";
import { counted, wholeText } from "./number-text.ts";
import { barPlot } from "./plot-specs.ts";

const gain = z.object({
  heldOut: z.number(),
  prompts: z.number(),
  gained: z.number(),
  lost: z.number(),
  p: z.number(),
});

const teachingFields = gain.extend({
  examples: z.number(),
  guidelines: z
    .union([gain.extend({ guidelines: z.array(z.string()) }), z.object({ reason: z.string() })])
    .optional(),
  level: z.number(),
  by: z.enum(["examples", "guidelines"]).nullable(),
});
type Teaching = z.infer<typeof teachingFields>;

function teachingOf(summary: unknown): Teaching | undefined {
  return teachingFields.safeParse(valueAt(summary, "teaching")).data;
}

/** What was proposed to teach an evaluator, each with its name and its gain. */
function proposalsOf({ examples, guidelines, ...byExamples }: Teaching) {
  const tried = guidelines !== undefined && "guidelines" in guidelines ? [guidelines] : [];
  return [
    ...tried.map((own) => ({ name: counted(own.guidelines.length, "guideline"), own })),
    { name: counted(examples, "example"), own: byExamples },
  ];
}

/** Whether teaching helped, in sentences; nothing where nothing was taught. */
export function teachingResults(summary: unknown): string[] {
  const teaching = teachingOf(summary);
  if (teaching === undefined) return [];
  const { by, level, guidelines } = teaching;
  return [
    by === null
      ? `No proposal helps beyond noise (p at most ${level}); the evaluator is best kept as it is.`
      : `With ${by} the evaluator agrees with people more often, beyond noise.`,
    ...(guidelines !== undefined && "reason" in guidelines
      ? [`No guidelines were tried: ${guidelines.reason}.`]
      : []),
  ];
}

/** Held-out rows that each proposal gained and lost, and the guidelines themselves. */
export function teachingFigures(summary: unknown): Figure[] {
  const teaching = teachingOf(summary);
  if (teaching === undefined) return [];
  const proposals = proposalsOf(teaching);
  const bars = proposals.flatMap(({ name, own }) => [
    { name: `gained by ${name}`, value: own.gained, label: wholeText(own.gained) },
    { name: `lost by ${name}`, value: own.lost, label: wholeText(own.lost) },
  ]);
  const result: Figure = {
    id: "teaching",
    title: "Teaching: rows gained and lost",
    explanation:
      "Held-out rows on which the evaluator agrees with people only since it was taught, " +
      "and only before. A gain counts where p is at most the level.",
    spec: barPlot(bars, { title: "rows" }),
    table: {
      head: ["Proposal", "Rows", "Prompts", "Gained", "Lost", "p", "Level"],
      rows: proposals.map(({ name, own }) => [
        name,
        wholeText(own.heldOut),
        wholeText(own.prompts),
        wholeText(own.gained),
        wholeText(own.lost),
        own.p.toFixed(4),
        String(teaching.level),
      ]),
    },
  };
  return [result];
}

/** The guidelines that were proposed; none where there are none. */
export function proposedGuidelines(summary: unknown): readonly string[] {
  const guidelines = teachingOf(summary)?.guidelines;
  return guidelines !== undefined && "guidelines" in guidelines ? guidelines.guidelines : [];
}
