import type { Figure } from "./figure.ts";
import { rangeFigure, type NamedFigure } from "./range-figure.ts";
import { figureAt, listAt, textAt } from "../read/summary-values.ts";

/** The figures of a study: what each choice was made by. */
export function studyFigures(decision: unknown): Figure[] {
  return [
    ...rangeFigure(candidates(decision, "evaluator", "kappa"), {
      id: "evaluators",
      title: "Evaluators",
      explanation: "Kappa with people over all labelled rows; no verdict counts as disagreement.",
      measure: "kappa",
      unit: "number",
      reference: 0,
    }),
    ...rangeFigure(candidates(decision, "generator", "winRate"), {
      id: "generators",
      title: "Generators",
      explanation: "Win rates by the chosen evaluator, over all comparisons with the others.",
      measure: "win rate",
      unit: "share",
      reference: 0.5,
    }),
  ];
}

function candidates(decision: unknown, part: string, field: string): NamedFigure[] {
  return listAt(decision, part, "candidates").flatMap((candidate) => {
    const figure = figureAt(candidate, field);
    return figure === null ? [] : [{ name: textAt(candidate, "name") ?? "", figure }];
  });
}
