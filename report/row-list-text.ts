import { shortText, usdText, wholeText } from "../report-page/figures/number-text.ts";
import type { RowEntry } from "../report-page/rows/row-sheet.ts";
import { textTable } from "./text-table.ts";

const longestExcerpt = 48;
const shortestExcerpt = 12;
const longestId = 16;
const gap = 2;

/**
 * Rows beside each other, with their marks as `--where` takes them. Marks go on below where they
 * are many, and the prompt is cut to what is left of the width, or left out.
 */
export function rowListText(entries: readonly RowEntry[], { columns: width = 80 } = {}): string {
  const head = ["row", "id", "outcome", "margin", "tokens", "dollars"];
  const figures = entries.map(({ row, id, outcome, margin, tokens, usd }) => [
    String(row),
    shortened(id, longestId),
    outcome,
    margin === null ? "–" : shortText(margin),
    wholeText(tokens),
    usd === null ? "unknown" : usdText(usd),
  ]);
  const used = head.reduce((sum, _, column) => sum + gap + widest([head, ...figures], column), 0);
  const marks = entries.map((entry) =>
    wrapped([...entry.marks], Math.max(0, width - used - gap - shortestExcerpt)),
  );
  const marksWidth = Math.max("marks".length, ...marks.flat().map(({ length }) => length));
  const left = Math.min(longestExcerpt, width - used - marksWidth - gap);
  const hasPrompt = left >= shortestExcerpt;
  const rows = entries.flatMap(({ excerpt }, place) =>
    (marks[place] ?? []).map((line, at) => [
      ...(at === 0 ? (figures[place] ?? []) : head.map(() => "")),
      line,
      ...(hasPrompt ? [at === 0 ? shortened(excerpt, left) : ""] : []),
    ]),
  );
  return textTable([...head, "marks", ...(hasPrompt ? ["prompt"] : [])], rows);
}

function widest(rows: readonly (readonly string[])[], column: number): number {
  return Math.max(...rows.map((cells) => (cells[column] ?? "").length));
}

/** Words joined by commas, on as many lines as they need, at least one. */
function wrapped(words: readonly string[], width: number): string[] {
  const lines = [""];
  for (const [place, word] of words.entries()) {
    const next = place === words.length - 1 ? word : `${word},`;
    const line = lines.at(-1) ?? "";
    const longer = line === "" ? next : `${line} ${next}`;
    if (line !== "" && longer.length > width) lines.push(next);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function shortened(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, " ");
  if (line.length <= length) return line;
  // Half of a surrogate pair is no character.
  return `${line.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
