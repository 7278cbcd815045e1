import type { RunRow } from "../../report-page/read/read-lines.ts";
import { rowMarks, type RowEntry, type RowMark } from "../../report-page/rows/row-sheet.ts";
import { closestWord } from "../../state/closest-word.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";

/** A row as conditions look at it. */
type Judged = { readonly row: RunRow; readonly entry: RowEntry };
type Condition = (row: Judged) => boolean;

/** Other words for marks. */
const markWords: Readonly<Record<string, RowMark>> = {
  disagree: "disagrees",
  ties: "tie",
  tied: "tie",
  flip: "flipped",
  flips: "flipped",
  fail: "failed",
  failure: "failed",
  unparsed: "unreadable",
};

const figures: Readonly<Record<string, (row: Judged) => number | null>> = {
  row: ({ entry }) => entry.row,
  margin: ({ entry }) => entry.margin,
  round: ({ entry }) => entry.round,
  tokens: ({ entry }) => entry.tokens,
  usd: ({ entry }) => entry.usd,
  calls: ({ row }) => (row.kind === "failed" ? null : row.line.transcript.length),
};

const texts: Readonly<Record<string, (row: Judged) => string | null>> = {
  id: ({ entry }) => entry.id,
  winner: ({ row }) => (row.kind === "evaluated" ? row.line.winner : null),
  label: ({ row }) => (row.kind === "evaluated" ? (row.line.label ?? null) : null),
  reason: ({ row }) => (row.kind === "failed" ? row.line.reason : null),
  outcome: ({ entry }) => entry.outcome,
};

const comparisons: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  "<": (one, other) => one < other,
  "<=": (one, other) => one <= other,
  ">": (one, other) => one > other,
  ">=": (one, other) => one >= other,
  "=": (one, other) => one === other,
  "!=": (one, other) => one !== other,
};

/**
 * Reads conditions on rows, parted by commas: `disagree,margin<1`. A row has to meet all of them.
 *
 * @throws FellowshipError `bad_usage` naming the condition and what is allowed
 */
export function parseRowConditions(text: string): Condition {
  const conditions = text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "")
    .map(parseCondition);
  if (conditions.length === 0) throw badCondition(text);
  return (row) => conditions.every((condition) => condition(row));
}

function parseCondition(text: string): Condition {
  const [, name = text, sign = "", value = ""] =
    /^([^<>=!]+)(<=|>=|!=|<|>|=)(.*)$/s.exec(text) ?? [];
  const field = name.trim();
  if (sign === "") return markCondition(text);
  const figure = Object.hasOwn(figures, field) ? figures[field] : undefined;
  if (figure !== undefined) return figureCondition(text, { figure, sign, value: value.trim() });
  if (sign !== "=" && sign !== "!=") throw badCondition(text);
  const named = Object.hasOwn(texts, field) ? texts[field] : undefined;
  const textOf =
    named ??
    (({ entry }: Judged) => (Object.hasOwn(entry.fields, field) ? entry.fields[field]! : null));
  return (row) => (textOf(row) === value.trim()) === (sign === "=");
}

function markCondition(text: string): Condition {
  const isNegated = text.startsWith("not ");
  const word = (isNegated ? text.slice(4) : text).trim().replaceAll(/[_ ]/g, "-");
  const known = Object.hasOwn(markWords, word) ? markWords[word] : undefined;
  const mark = known ?? rowMarks.find((name) => name === word);
  if (mark === undefined) throw badCondition(text);
  return ({ entry }) => entry.marks.has(mark) !== isNegated;
}

function figureCondition(
  text: string,
  { figure, sign, value }: { figure: (row: Judged) => number | null; sign: string; value: string },
): Condition {
  const bound = Number(value);
  const compare = comparisons[sign];
  if (compare === undefined || value === "" || Number.isNaN(bound)) throw badCondition(text);
  return (row) => {
    const own = figure(row);
    return own !== null && compare(own, bound);
  };
}

function badCondition(text: string): FellowshipError {
  const meant = closestWord(text, [...rowMarks, ...Object.keys(markWords)]);
  const hint = meant === null ? "" : ` Did you mean ${meant}?`;
  return new FellowshipError(
    "bad_usage",
    `--where: expected conditions parted by commas, got "${text}".${hint}
  a mark:    ${rowMarks.join(", ")}; with "not " before it for the other rows
  a figure:  ${Object.keys(figures).join(", ")} with <, <=, =, !=, >= or > and a number (margin<1)
  a text:    ${Object.keys(texts).join(", ")}, or a field of the input, with = or != (reason=timed_out)`,
    { facts: { condition: text } },
  );
}
