import { oneLine } from "../../models/wire/one-line.ts";
import type { InputProblem, InputReport, RowPreview } from "./input-report.ts";

const mostProblemsShown = 3;
const longestText = 160;

/** The message for an input of which no row can be used. */
export function unusableInputText(
  path: string,
  { rows, problems, columns }: InputReport,
  wanted: readonly (readonly string[])[],
): string {
  const guesses = guessColumns(columns, wanted);
  return [
    `${path}: expected rows that can be used, found none among ${countOf(rows)}:`,
    ...problemLines(problems),
    `Columns found: ${columnsText(columns)}.`,
    `Columns wanted: ${wanted.map((names) => names.join(" or ")).join(", ")}.`,
    ...(guesses.length === 0
      ? ["Rename the columns, or name them with --map FIELD=COLUMN."]
      : [`Did you mean ${guesses.map((guess) => `--map ${shellWord(guess)}`).join(" ")}?`]),
  ].join("\n");
}

/** For a dry run: how the first rows are read, and every reason why rows can't be used. */
export function inputText(report: InputReport): string {
  const { rows, usable, problems, columns, leftOut = [], taken, first } = report;
  const unusable = rows - usable;
  return [
    `Columns found: ${columnsText(columns)}.`,
    ...(leftOut.length === 0 ? [] : [leftOutText(leftOut)]),
    ...(taken.length === 0 ? [] : [`Read as: ${taken.join(", ")}.`]),
    ...encodingLines(report),
    `The first ${first.length === 1 ? "row" : `${first.length} rows`} as read:`,
    ...first.map((row, index) => `  ${index + 1}. ${previewText(row)}`),
    ...(unusable === 0 ? [] : [`${countOf(unusable)} of ${rows} can't be used:`]),
    ...problemLines(problems, Infinity),
  ].join("\n");
}

/** A sentence about rows that are not UTF-8; none where all are. */
export function encodingLines({ rows, windows1252 }: InputReport): string[] {
  if (windows1252 === 0) return [];
  return [`${countOf(windows1252)} of ${rows} read as Windows-1252: the bytes are not UTF-8.`];
}

/** Which columns of an input on a server were not downloaded, and how to keep one. */
export function leftOutText(columns: readonly string[]): string {
  const [first = ""] = columns;
  return (
    `Columns not read: ${columnsText(columns)} (to keep one: --map ` +
    `${shellWord(`${first}=${first}`)}).`
  );
}

function previewText(row: RowPreview): string {
  const texts = Object.entries(row);
  return texts.map(([field, text]) => `${field}: ${oneLine(text, longestText)}`).join("\n     ");
}

/** A line a problem, the most frequent ones. */
export function problemLines(
  problems: readonly InputProblem[],
  mostShown = mostProblemsShown,
): string[] {
  const more = problems.length - mostShown;
  return [
    ...problems
      .slice(0, mostShown)
      .map(
        ({ problem, rows, first }) =>
          `  ${countOf(rows)}: ${oneLine(problem, longestText)} (the first: ${first})`,
      ),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

/** The names of the columns that were found. */
export function columnsText(columns: readonly string[]): string {
  return columns.length === 0 ? "none" : columns.map((name) => oneLine(name, 60)).join(", ");
}

function countOf(rows: number): string {
  return rows === 1 ? "1 row" : `${rows} rows`;
}

/** Other names of each field, in small letters without spaces or signs. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  prompt: ["instruction", "question", "query", "request", "input", "task", "text"],
  messages: ["conversation", "conversations", "chat"],
  conversations: ["conversation", "messages", "chat"],
  a: ["responsea", "answera", "outputa", "response1", "answer1", "output1", "chosen"],
  b: ["responseb", "answerb", "outputb", "response2", "answer2", "output2", "rejected"],
  instruction: ["prompt", "question", "query", "request", "task"],
  output: ["response", "answer", "completion", "chosen"],
};

/**
 * Guesses which columns hold the wanted fields, as FIELD=COLUMN: a name in other letters first
 * ("Prompt"), then names of the same meaning ("Question").
 */
function guessColumns(
  columns: readonly string[],
  wanted: readonly (readonly string[])[],
): string[] {
  const simple = (name: string) => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
  return wanted.flatMap((fields) => {
    if (fields.some((field) => columns.includes(field))) return [];
    const names = [...fields, ...fields.flatMap((field) => otherNames[field] ?? [])];
    for (const name of names) {
      const column = columns.find((one) => simple(one) === name);
      const field = fields.find((one) => one === name || otherNames[one]?.includes(name) === true);
      if (column !== undefined && field !== undefined) return [`${field}=${column}`];
    }
    return [];
  });
}

/** In quotes where a shell would take it apart. */
function shellWord(text: string): string {
  return /^[\w=.,:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
