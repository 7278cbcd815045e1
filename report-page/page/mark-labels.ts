import type { RowMark } from "../rows/row-sheet.ts";

/** What the marks of rows are called, in the order of their bits. */
export const markLabels: Readonly<Record<RowMark, string>> = {
  tie: "tie",
  flipped: "flipped with the order",
  failed: "failed",
  unreadable: "unreadable verdict",
  disagrees: "disagrees with people",
  "small-margin": "small margin",
  "no-pair": "no pair kept",
  "ended-early": "ended early",
};
