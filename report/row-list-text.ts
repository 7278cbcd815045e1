import { markLabels } from "../report-page/page/mark-labels.ts";
import { shortText, usdText, wholeText } from "../report-page/figures/number-text.ts";
import type { RowEntry } from "../report-page/rows/row-sheet.ts";
import { textTable } from "./text-table.ts";

const excerptLength = 48;

/** Rows beside each other, a line each. */
export function rowListText(entries: readonly RowEntry[]): string {
  return textTable(
    ["row", "id", "outcome", "margin", "tokens", "dollars", "marks", "prompt"],
    entries.map(({ row, id, outcome, margin, tokens, usd, marks, excerpt }) => [
      String(row),
      shortened(id, 24),
      outcome,
      margin === null ? "–" : shortText(margin),
      wholeText(tokens),
      usd === null ? "unknown" : usdText(usd),
      [...marks].map((mark) => markLabels[mark]).join(", "),
      shortened(excerpt, excerptLength),
    ]),
  );
}

function shortened(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, " ");
  if (line.length <= length) return line;
  // Half of a surrogate pair is no character.
  return `${line.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
