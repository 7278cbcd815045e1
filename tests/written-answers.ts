import type { Answer } from "./recording-gate.ts";

/** A judge's answer under the headings of combined scoring. */
export function scores(a: number, b: number, scale = 10): string {
  return (
    "### Evaluation Evidence:\nBoth were read.\n\n### Score Assistant " +
    `A:\n${a}/${scale}\n\n### Score Assistant B:\n${b}/${scale}`
  );
}

/** A debater's scores. */
export function votes(a: number, b: number, scale = 10): string {
  return (
    `### Evaluation Evidence:\nAll was heard.\n\n### Score Assistant 1:\n${a}/${scale}\n\n### ` +
    `Score Assistant 2:\n${b}/${scale}`
  );
}

/** A score of one response alone. */
export function score(value: number, scale = 10): string {
  return `### Evaluation Evidence:\nIt was read.\n\n### Overall Score:\n${value}/${scale}`;
}

/** A choice of the direct strategy. */
export function choice(letter: "A" | "B" | "C"): string {
  return `### Evaluation Evidence:\nBoth were read.\n\n### Answer:\n${letter}`;
}

/** A review, with or without a score. */
export function review(feedback: string, value: number | null = 6): string {
  const scored = value === null ? "" : `### Overall Score:\n${value}/10\n\n`;
  return `### Evaluation:\nIt was read.\n\n${scored}### Feedback:\n${feedback}`;
}

/** Calls that brought no whole answer. */
export const cut: Answer = { outcome: "cut_at_length", content: "half an", finish: "length" };
export const filtered: Answer = {
  outcome: "filtered",
  detail: "filtered",
  finish: "content_filter",
};
export const empty: Answer = { outcome: "empty", detail: "an empty answer" };
export const down: Answer = { outcome: "provider_error", detail: "the server is down" };
