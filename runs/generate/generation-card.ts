import { datasetCard } from "../../datasets/export/dataset-card.ts";
import { generationExports, memberExports } from "../../datasets/export/exports.ts";
import type { Topology } from "../../topologies/kinds/kinds.ts";
import { countJudges } from "../../topologies/count-judges.ts";
import { countedWords, rowCounts, runFigures } from "../accounting/card-figures.ts";
import type { GenerationSummary } from "./generation-outputs.ts";
import { droppedByGates, type CardRun } from "../accounting/card-run.ts";

/** The card of a generation's data. */
export function generationCard(run: CardRun<GenerationSummary>, drawing: string): string {
  const { topology, summary } = run;
  return datasetCard({
    ...run,
    kind: "preference",
    command: "fellowship generate",
    drawing,
    judges: countJudges(topology as Topology),
    counts: rowCounts(summary),
    figures: figuresOf(summary),
    data: [...generationExports, ...memberExports],
    otherPrompts: summary.otherPrompts,
  });
}

function figuresOf(summary: GenerationSummary): [string, string][] {
  const { bestRound, bestAgent, pairs, ties, undecided, contradictions, endedEarly } = summary;
  return [
    ["best round", countedWords(bestRound)],
    ...(bestAgent === undefined
      ? []
      : [["best response by", countedWords(bestAgent)] as [string, string]]),
    ["pairs", String(pairs)],
    ...droppedByGates(summary),
    ["comparisons tied", String(ties)],
    ["comparisons undecided", String(undecided)],
    ["texts that lost once and are the best (true in kto)", String(contradictions)],
    [
      "rows in which nothing was compared (true in kto without a comparison)",
      String(summary.uncompared),
    ],
    ...reviewsLeftOut(summary),
    ["rows ended early", countedWords(endedEarly) || "none"],
    ...runFigures(summary),
  ];
}

/** Told where a debate reviewed, or a custom node. */
function reviewsLeftOut({ reviewsLeftOut: leftOut }: GenerationSummary): [string, string][] {
  if (leftOut === undefined) return [];
  return [
    ["reviews by debates or by custom nodes, left out of the reviewers' data", String(leftOut)],
  ];
}
