import type { EvaluatorParams, EvaluatorResult } from "./row-evaluator.ts";
import { textField } from "./text-field.ts";

/**
 * Whether a verdict is that of people: `outputs.winner` against `referenceOutputs.label`, each `a`,
 * `b` or `tie`. Its mean is the accuracy, with a verdict that could not be had (`none`) counted as
 * wrong. Kappa, which takes chance away, is a figure of all rows together (`measureAgreement`).
 *
 * @throws FellowshipError `bad_input` where one of the two is missing.
 * @example agreesWithPeople({ outputs: { winner: "a" }, referenceOutputs: { label: "a" } })
 */
export function agreesWithPeople({ outputs, referenceOutputs }: EvaluatorParams): EvaluatorResult {
  const winner = textField("outputs", outputs, "winner");
  const label = textField("referenceOutputs", referenceOutputs, "label");
  const verdict = winner === "none" ? "no verdict" : winner;
  return {
    key: "agrees_with_people",
    score: winner === label,
    comment: `people: ${label}, evaluator: ${verdict}`,
  };
}
