import type { RowMark } from "../rows/row-sheet.ts";

/** What a mark of rows is called; the labels of an audit are those of the data set. */
export function markLabel(name: RowMark, { isAudit }: { readonly isAudit: boolean }): string {
  return isAudit && name === "disagrees" ? "disagrees with the data set" : markLabels[name];
}

/** In the order of their bits. */
const markLabels: Readonly<Record<RowMark, string>> = {
  tie: "tie",
  flipped: "flipped with the order",
  failed: "failed",
  unreadable: "unreadable verdict",
  disagrees: "disagrees with people",
  "small-margin": "small margin",
  "no-pair": "no pair kept",
  "ended-early": "ended early",
};
