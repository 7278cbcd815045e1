import { auditFigures } from "./audit-figures.ts";
import { cascadeFigures } from "./cascade-figures.ts";
import { comparisonFigures } from "./comparison-figures.ts";
import { evaluationFigures } from "./evaluation-figures.ts";
import { evolutionFigures } from "./evolution-figures.ts";
import type { Figure } from "./figure.ts";
import { generationFigures } from "./generation-figures.ts";
import { juryPlots } from "./jury-figures.ts";
import { measureFigures } from "./measure-figures.ts";
import { paceFigure } from "./pace-figure.ts";
import type { RunCounts } from "./run-counts.ts";
import type { RunFiles } from "../read/read-run.ts";
import { costFigure, marginFigure, preferenceFigure, reliabilityFigure } from "./shared-figures.ts";
import { studyFigures } from "./study-figures.ts";
import { teachingFigures } from "./teaching-figures.ts";

/**
 * All figures of a run that there are numbers for, whatever its command.
 *
 * @param scale The evaluator's greatest score.
 */
export function runFigures(
  { manifest, summary, comparison, decision, pace }: RunFiles,
  counts: RunCounts,
  scale: number,
): Figure[] {
  const isPool = manifest.topology?.graph === "pool";
  const isAudit = manifest.command === "audit";
  const generates = counts.rounds.size > 0;
  return [
    ...studyFigures(decision),
    ...teachingFigures(summary),
    ...measureFigures(summary),
    ...comparisonFigures(comparison),
    ...(generates ? generationFigures(summary, counts, { isPool }) : []),
    ...evolutionFigures(summary),
    ...(isAudit ? auditFigures(summary) : evaluationFigures(summary)),
    ...juryPlots(summary),
    ...cascadeFigures(summary),
    ...(generates ? preferenceFigure(counts) : []),
    ...reliabilityFigure(counts, scale, { labelsOf: isAudit ? "the data set" : "people" }),
    ...marginFigure(counts, scale),
    ...costFigure(counts),
    ...paceFigure(pace),
  ];
}
