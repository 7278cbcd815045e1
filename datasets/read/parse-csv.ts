import { parse } from "csv-parse/sync";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { decodeTableText } from "./decode-table-text.ts";
import { parseJson } from "./parse-json.ts";
import type { RowProblem, RowValue } from "./row-value.ts";
import { badInput, isFields } from "./row-value.ts";
import { csvDelimiter, type CsvDelimiter } from "./split-csv.ts";

/** A column of a CSV file: its name in the header, and the path that it names in the row. */
export type CsvColumn = { name: string; path: readonly string[] };

export type CsvHeader = {
  readonly delimiter: CsvDelimiter;
  readonly columns: readonly CsvColumn[];
};

/** Cells of these columns are JSON where they begin like an array or object. */
const jsonColumns = new Set([
  "messages",
  "conversations",
  "a",
  "b",
  "a.messages",
  "b.messages",
  "labels",
]);

/** In these an empty cell means that the row lacks the field. Elsewhere it is the empty text. */
const optionalColumn =
  /^(?:id|prompt|messages|conversations|label|labels(?:\..*)?|[ab](?:\.(?:messages|model))?)$/;

/**
 * Reads the header of a CSV file: its columns, and the sign that separates them (comma, semicolon
 * or tab). `a.text` names the field `text` of `a`.
 *
 * @throws FellowshipError `bad_input` for a name that comes twice, and where another sign separates
 *   the columns
 */
export function parseCsvHeader(file: string, header: Buffer | RowProblem): CsvHeader {
  const delimiter = "problem" in header ? "," : csvDelimiter(header);
  const read = "problem" in header ? header : parseCells(header, delimiter);
  if ("problem" in read) throw badHeader(file, `can't be read: ${read.problem}`);
  const { cells } = read;
  const [only] = cells;
  if (cells.length === 1 && only?.includes("|")) {
    const remedy = "Separate the columns by commas, semicolons or tabs";
    throw badHeader(file, `is ${JSON.stringify(only)}. ${remedy}`);
  }
  const twice = cells.find((name, index) => cells.indexOf(name) !== index);
  if (twice !== undefined) {
    throw badHeader(file, `names the column ${JSON.stringify(twice)} twice. Rename one of them`);
  }
  return { delimiter, columns: cells.map((name) => ({ name, path: pathOf(name) })) };
}

function badHeader(file: string, what: string): FellowshipError {
  return new FellowshipError("bad_input", `${file}: the header of the CSV file ${what}.`, {
    facts: { file, line: 1 },
  });
}

function pathOf(name: string): string[] {
  const path = name.split(".");
  return path.includes("") ? [name] : path;
}

/**
 * Reads one record of a CSV file into an object without a prototype, so that no column name can do
 * harm.
 */
export function parseCsvRow(
  { columns, delimiter }: CsvHeader,
  bytes: Buffer,
): RowValue & { isWindows1252?: true } {
  const read = parseCells(bytes, delimiter);
  if ("problem" in read) return read;
  const { cells, isWindows1252 } = read;
  if (cells.length !== columns.length) {
    return badInput(`expected ${columns.length} cells as in the header, found ${cells.length}`);
  }
  const row: Record<string, unknown> = Object.create(null);
  for (const [index, column] of columns.entries()) {
    const problem = setCell(row, column, cells[index] ?? "");
    if (problem !== undefined) return problem;
  }
  return { value: row, ...(isWindows1252 ? { isWindows1252 } : {}) };
}

type Cells = { readonly cells: string[]; readonly isWindows1252: boolean };

function parseCells(bytes: Buffer, delimiter: CsvDelimiter): Cells | RowProblem {
  const decoded = decodeTableText(bytes);
  if ("problem" in decoded) return decoded;
  const { isWindows1252 } = decoded;
  try {
    // A record ends in \n or the end of the file; the \r of a CRLF is still there.
    const records = parse(decoded.text.replace(/\r$/, ""), {
      delimiter,
      relax_column_count: true,
      record_delimiter: ["\r\n", "\n"],
    });
    const [cells, ...others] = records;
    if (cells !== undefined && others.length === 0) return { cells, isWindows1252 };
    return badInput(`expected one CSV record, found ${records.length}: check the quotes`);
  } catch (error) {
    return badInput(`expected CSV: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function setCell(
  row: Record<string, unknown>,
  column: CsvColumn,
  cell: string,
): RowProblem | undefined {
  if (cell === "" && optionalColumn.test(column.name)) return undefined;
  let value: unknown = cell;
  if (jsonColumns.has(column.name) && /^\s*[[{]/.test(cell)) {
    const parsed = parseJson(cell);
    if ("problem" in parsed) return badInput(`column ${column.name}: ${parsed.problem}`);
    value = parsed.value;
  }
  const parent = parentOf(row, column.path);
  if (parent === undefined) {
    return badInput(`column ${column.name}: another column gives its beginning a value of its own`);
  }
  parent[column.path.at(-1) ?? column.name] = value;
  return undefined;
}

/**
 * The object in which the last name of the path stands; undefined where something else is in its
 * place.
 */
function parentOf(
  row: Record<string, unknown>,
  path: readonly string[],
): Record<string, unknown> | undefined {
  let parent = row;
  for (const name of path.slice(0, -1)) {
    const next = (parent[name] ??= Object.create(null));
    if (!isFields(next)) return undefined;
    parent = next;
  }
  return parent;
}
