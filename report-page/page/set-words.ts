import { counted } from "../../state/counted.ts";
import { estimate, percentage } from "../../statistics/estimates/figure-text.ts";
import type { Fields } from "../read/read-run.ts";
import { countsAt, figureAt, listAt, numberAt, textAt } from "../read/summary-values.ts";

/** The results of an audit, from its summary. */
export function auditResults(summary: Fields): string[] {
  const at = (...path: string[]) => numberAt(summary, "audit", ...path) ?? 0;
  const flags = countsAt(summary, "audit", "flags").filter(([, pairs]) => pairs > 0);
  const named = flags.map(([flag, pairs]) => `${pairs} ${flag}`).join(", ");
  const isOne = at("suspects") === 1 || at("pairs") === 1;
  const [keep, turned, left] = ["keep", "swap", "drop"].map((part) => at("corrected", part));
  const longer = figureAt(summary, "audit", "longerChosen");
  const flipped = numberAt(summary, "audit", "flippedShare");
  return [
    `${at("suspects")} of ${counted(at("pairs"), "pair")} ${isOne ? "is" : "are"} ` +
      `suspect${named === "" ? "." : `: ${named}.`}`,
    `The corrected set has ${counted((keep ?? 0) + (turned ?? 0), "pair")}: ${keep} as they ` +
      `were, ${turned} turned; ${left} left out.`,
    ...(longer === null
      ? []
      : [`The longer response is chosen in ${percentage(longer)} of the pairs.`]),
    ...(flipped === null
      ? []
      : [
          `About ${(100 * flipped).toFixed(0)} % of the labels are flipped, by an estimate ` +
            "from the evaluator's clearest verdicts.",
        ]),
  ];
}

/** The results of measured models, a sentence a model and a sentence a difference. */
export function measureResults(summary: Fields): string[] {
  const { measure } = summary;
  const models = listAt(measure, "items").map((item) => {
    const name = textAt(item, "name") ?? "";
    const missing = numberAt(item, "missing") ?? 0;
    const without = missing === 0 ? "" : `; ${counted(missing, "question")} without a result`;
    const score = figureAt(item, "score");
    if (score !== null)
      return `${name} has a score, out of 10, of ${estimate(score, 2)}${without}.`;
    const equal = figureAt(item, "lengthControlled");
    const controlled = equal === null ? "" : `, and ${percentage(equal)} at equal length`;
    return (
      `${name} wins ${percentage(figureAt(item, "winRate"))} against the ` +
      `baseline${controlled}${without}.`
    );
  });
  return [...models, ...listAt(measure, "differences").flatMap(differenceText)];
}

function differenceText(difference: unknown): string[] {
  const figure = figureAt(difference);
  if (figure === null || figure.low === null) return [];
  const [a, b] = [textAt(difference, "a") ?? "", textAt(difference, "b") ?? ""];
  if (figure.low <= 0 && figure.high >= 0) return [`${a} and ${b} are the same within noise.`];
  return [`${figure.low > 0 ? a : b} is better than ${figure.low > 0 ? b : a}, beyond noise.`];
}
