import type { CascadeFigures, CascadeStepFigures } from "../runs/cascade/cascade-figures.ts";
import { frontierHead, frontierRows, takesText } from "../report-page/figures/cascade-words.ts";
import { fittingTable } from "./text-table.ts";

/** What the cascades of a run did, what they learned, and what other margins would come to. */
export function cascadesText(cascades: readonly CascadeFigures[]): string[] {
  return cascades.flatMap((cascade) => {
    if (cascade.pairs === 0) return [];
    const named = cascade.key === "" ? "cascade" : `cascade (${cascade.key})`;
    return [
      "",
      `${named}: ` +
        `${cascade.steps.map((step, index) => askedText(step, index, cascade.pairs)).join("; ")}.`,
      ...cascade.steps.flatMap((step, index) => ruleText(step, index, cascade.steps)),
      ...frontierText(cascade),
    ];
  });
}

function askedText(figures: CascadeStepFigures, index: number, pairs: number): string {
  const { graph, asked, decided } = figures;
  const share = index === 0 ? "" : ` (${((100 * asked) / pairs).toFixed(1)} %)`;
  const of = asked === 1 ? "1 pair" : `${asked} pairs`;
  if (graph === "person") return `people were given ${of}${share} and decided ${decided}`;
  return `step ${index + 1} judged ${of}${share} and decided ${decided}`;
}

/** Which pairs a step takes, and where that was learned. */
function ruleText(
  { takes, learnedFrom }: CascadeStepFigures,
  index: number,
  steps: readonly CascadeStepFigures[],
): string[] {
  const before = steps[index - 1];
  if (before === undefined) return [];
  const names = `step ${index + 1}`;
  if (before.refused === true) {
    return [
      `NOT ASKED: step ${index} agreed with the steps after it no better than chance, so ` +
        `from row ${learnedFrom} on ${names} judges every pair that came to it. Give step ` +
        `${index} another model, or leave it out.`,
    ];
  }
  const takesWords = `${names} takes ${takesText(takes)}`;
  if (learnedFrom === undefined) return [`${takesWords}.`];
  return learnedFrom === null
    ? [`${takesWords}, because its margin is still being learned: that takes 30 to 100 pairs.`]
    : [`${takesWords}, as learned from the pairs before row ${learnedFrom}.`];
}

function frontierText(cascade: CascadeFigures): string[] {
  if (cascade.frontier.length < 3) return [];
  return [fittingTable(frontierHead(cascade), frontierRows(cascade))];
}
