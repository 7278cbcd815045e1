/** What each flag of an audited pair means. */
export const flagMeanings = {
  flipped: "the evaluator prefers the rejected response, by more than the threshold",
  tied: "the evaluator finds neither response better",
  identical: "chosen and rejected are the same text; no model was asked",
  truncated: "a response ends in the middle",
  refused: "a response declines the request",
  duplicate: "an earlier row has the same prompt and responses",
  leaked: "template tokens or words of the making in a response, or a held-out prompt",
  "length-driven": "chosen is much longer, and the evaluator does not prefer it",
} as const;

/** A share as a whole percentage; a dash where it could not be estimated. */
export function wholePercentage(value: number | null): string {
  return value === null ? "–" : `${(100 * value).toFixed(0)} %`;
}
