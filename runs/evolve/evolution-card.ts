import { datasetCard } from "../../datasets/export/dataset-card.ts";
import { evolvedData } from "../../datasets/export/evolved-file.ts";
import { evolutionExports } from "../../datasets/export/exports.ts";
import type { Topology } from "../../topologies/kinds/kinds.ts";
import { countJudges } from "../../topologies/count-judges.ts";
import { countedWords, rowCounts, runFigures } from "../accounting/card-figures.ts";
import type { EvolutionSummary } from "./evolution-outputs.ts";
import { droppedByGates, type CardRun } from "../accounting/card-run.ts";

/** The card of improved instruction data. */
export function evolutionCard(run: CardRun<EvolutionSummary>, drawing: string): string {
  const { topology, summary } = run;
  return datasetCard({
    ...run,
    kind: "evolution",
    command: "fellowship evolve",
    drawing,
    judges: countJudges(topology as Topology),
    counts: rowCounts(summary),
    figures: figuresOf(summary),
    data: [evolvedData, ...evolutionExports],
  });
}

function figuresOf(summary: EvolutionSummary): [string, string][] {
  const { rounds, meanTokens, answers, pairs, unparsed, flips, endedEarly } = summary;
  const mean = (value: number | null) => (value === null ? "unknown" : value.toFixed(1));
  return [
    ["rows, by accepted rewrites", countedWords(rounds)],
    ["answers", String(answers)],
    [
      "mean tokens of an answer, before and after",
      `${mean(meanTokens.before)}, ${mean(meanTokens.after)}`,
    ],
    ["pairs", String(pairs)],
    ...droppedByGates(summary),
    ["readings without a readable verdict", String(unparsed)],
    ["verdicts that named different sides in the two orders", String(flips)],
    ["answers that ended early", countedWords(endedEarly) || "none"],
    ...runFigures(summary),
  ];
}
