import type { RunRow } from "../read/read-lines.ts";
import type { VerdictLine } from "../read/row-line.ts";
import { shortFields } from "./input-texts.ts";
import type { RowEntry, RowMark, RowSheet } from "./row-sheet.ts";
import { totalOf } from "./sheet-calls.ts";

/** At most this share of the evaluator's scale is a small margin. */
const smallMargin = 0.1;
const excerptLength = 160;

/** A row's entry in the list of rows. */
export function rowEntry(row: RunRow, sheet: RowSheet, scale: number): RowEntry {
  const { tokens, usd } = totalOf(sheet.calls);
  const asked = sheet.prompt.findLast(({ name }) => name === "user") ?? sheet.prompt.at(-1);
  const excerpt = oneLine(asked?.text ?? "").slice(0, excerptLength);
  const margin = marginOf(row);
  return {
    row: sheet.row,
    id: sheet.id,
    excerpt: excerpt.replace(/[\uD800-\uDBFF]$/, ""),
    outcome: sheet.outcome,
    marks: marksOf(row, margin !== null && margin <= smallMargin * scale),
    margin,
    round: roundOf(row),
    tokens,
    usd,
    fields: row.kind === "failed" ? {} : shortFields(row.line.input),
  };
}

function roundOf(row: RunRow): number | null {
  if (row.kind !== "generated") return null;
  return row.line.best ?? row.line.rounds ?? null;
}

/** The least difference of two scores among the decided verdicts; null without scores. */
function marginOf(row: RunRow): number | null {
  if (row.kind === "failed") return null;
  const verdicts = row.kind === "evaluated" ? [row.line] : row.line.verdicts;
  const margins = verdicts.flatMap(({ winner, scores }) =>
    scores === null || winner === "none" ? [] : [Math.abs(scores.a - scores.b)],
  );
  return margins.length === 0 ? null : Math.min(...margins);
}

function marksOf(row: RunRow, isSmall: boolean): Set<RowMark> {
  if (row.kind === "failed") return new Set(["failed"]);
  const verdicts: readonly Pick<VerdictLine, "winner" | "votes" | "flipped">[] =
    row.kind === "evaluated" ? [row.line] : row.line.verdicts;
  const marks = new Set<RowMark>();
  if (verdicts.some(({ winner }) => winner === "tie")) marks.add("tie");
  if (verdicts.some(({ flipped }) => flipped === true)) marks.add("flipped");
  const isUnreadable = ({ winner, votes }: (typeof verdicts)[number]) =>
    winner === "none" || votes.some(({ parsed }) => !parsed);
  const byPeople = row.kind === "evaluated" && row.line.person !== undefined;
  if (!byPeople && verdicts.some(isUnreadable)) marks.add("unreadable");
  if (isSmall) marks.add("small-margin");
  if (row.kind === "evaluated") {
    const { label, winner } = row.line;
    if (!byPeople && label !== undefined && winner !== label) marks.add("disagrees");
  } else {
    if (row.pairs?.length === 0) marks.add("no-pair");
    if (row.line.endedEarly !== undefined) marks.add("ended-early");
  }
  return marks;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
