import { stat } from "node:fs/promises";
import { isFields } from "../../datasets/read/row-value.ts";
import { namedColumns, readRecords, type InputRecord } from "../../datasets/read/read-records.ts";
import type { RowFailure } from "../../datasets/rows/row-fields.ts";
import { columnValue, outerColumn } from "../../datasets/rows/column-map.ts";
import { isRemoteAddress, shownAddress } from "../../state/files/remote-address.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { CommandOptions } from "../command-options.ts";
import type { InputProblem, InputReport, RowPreview, RowReader } from "./input-report.ts";
import { columnsRead, readInput, type InputReading } from "./read-input.ts";
import { columnsText, unusableInputText } from "./input-text.ts";

/** The rows that are inspected before a run; a dry run inspects them all. */
const rowsBeforeRun = 1000;
/** The rows whose fields are listed. */
const rowsWithColumns = 100;
const mostColumns = 40;
/** Kinds of problems that are counted one by one. */
const mostProblems = 1000;
const previews = 3;

/**
 * Inspects an input before anything is sent or written: makes sure that it can be read and holds a
 * usable row, and counts why other rows can't be used. It reads the first 1,000 rows, and on to the
 * first usable one. A packed file is read to its end, where damage may be hidden behind good rows;
 * one on a server isn't, since that would download it.
 *
 * @param extent `all` reads the whole input
 * @throws FellowshipError `bad_input` where the file can't be read, holds no row or no usable row
 */
export async function inspectInput<Row>(
  reader: RowReader<Row>,
  options: Pick<CommandOptions, "input" | "limit" | "reading">,
  extent: "beginning" | "all" = "beginning",
): Promise<InputReport> {
  const { input: path, limit = Infinity } = options;
  await refusePipe(path);
  const isPacked = !isRemoteAddress(path) && /\.(?:gz|parquet)$/i.test(path);
  const columns = await readColumns(path, options.reading);
  const count = createCount(reader);
  for await (const record of readInput({ ...options, columns: reader.columns })) {
    const { rows, usable } = count.report();
    const isEnough = rows >= limit || (extent === "beginning" && rows >= rowsBeforeRun);
    if (!isEnough || (usable === 0 && rows < limit)) count.add(record);
    else if (!isPacked) break;
  }
  const report = { ...count.report(), columns, ...(await columnsLeftOut(reader, options)) };
  if (report.rows === 0) throw noRows(shownAddress(path), options.reading);
  if (report.usable === 0) {
    throw new FellowshipError(
      "bad_input",
      unusableInputText(shownAddress(path), report, reader.wanted),
      {
        facts: { path, columns: report.columns, problems: report.problems },
      },
    );
  }
  return report;
}

/** The columns of Parquet on a server that a command doesn't read. */
async function columnsLeftOut(
  { columns }: Pick<RowReader<unknown>, "columns">,
  { input, reading = {} }: Pick<CommandOptions, "input" | "reading">,
): Promise<Pick<InputReport, "leftOut">> {
  const read = columnsRead(columns, reading);
  const named = read === undefined ? undefined : await namedColumns(input);
  const leftOut = named?.filter((name) => read?.includes(name) === false) ?? [];
  return leftOut.length === 0 ? {} : { leftOut };
}

/** The rows in which a mapped column must be found. */
const rowsWithMapped = 1000;

/** The columns of the first rows of the file, with all that are mapped. */
async function readColumns(path: string, { map = [] }: InputReading = {}): Promise<string[]> {
  const { columns, missing } = await findColumns(path, map);
  const [column] = missing;
  if (column === undefined) return columns;
  throw new FellowshipError(
    "bad_input",
    `--map: expected a column ${JSON.stringify(column)} in ${shownAddress(path)}, found none. ` +
      `Columns found: ${columnsText(columns)}.`,
    { facts: { path, column, columns } },
  );
}

/** The columns of the first rows of a file, and the mapped ones that these rows don't have. */
export async function findColumns(
  path: string,
  map: NonNullable<InputReading["map"]>,
): Promise<{ columns: string[]; missing: string[] }> {
  const columns = new Set<string>();
  let missing = map.map(({ column }) => column);
  let rows = 0;
  const named = await namedColumns(path);
  if (named !== undefined) {
    for (const name of named) columns.add(name);
    const isNamed = (column: string) => columns.has(column) || columns.has(outerColumn(column));
    missing = missing.filter((column) => !isNamed(column));
    rows = 1;
  }
  for await (const record of named === undefined ? readRecords(path) : []) {
    rows += 1;
    if (rows > (missing.length > 0 ? rowsWithMapped : rowsWithColumns)) break;
    if (!("value" in record) || !isFields(record.value)) continue;
    const { value } = record;
    for (const name of Object.keys(value)) if (columns.size < mostColumns) columns.add(name);
    missing = missing.filter((column) => columnValue(value, column) === undefined);
  }
  return { columns: [...columns], missing: rows === 0 ? [] : missing };
}

function noRows(path: string, { where = [] }: InputReading = {}): FellowshipError {
  const asked = where.map(({ field, value }) => `--where ${field}=${value}`).join(" ");
  const message =
    where.length === 0 ? `${path} holds no rows.` : `${path} holds no rows that fit ${asked}.`;
  return new FellowshipError("bad_input", message, { facts: { path } });
}

type Count = {
  readonly add: (record: InputRecord) => void;
  readonly report: () => Omit<InputReport, "columns" | "leftOut">;
};

function createCount<Row>({ toRow, preview }: RowReader<Row>): Count {
  const problems = new Map<string, InputProblem>();
  const taken = new Set<string>();
  const first: RowPreview[] = [];
  let [rows, usable, windows1252] = [0, 0, 0];

  function addProblem(problem: string, place: string): void {
    const known = problems.get(problem);
    if (known === undefined && problems.size >= mostProblems) return;
    problems.set(problem, { first: place, ...known, problem, rows: (known?.rows ?? 0) + 1 });
  }

  return {
    add(record) {
      rows += 1;
      if (record.isWindows1252 === true) windows1252 += 1;
      const read = toRow(record);
      if (!read.ok) addProblem(problemOf(read, record), record.place);
      else {
        usable += 1;
        for (const one of takenOf(read.row)) taken.add(one);
        if (first.length < previews) first.push(preview(read.row));
      }
    },
    report: () => ({
      rows,
      usable,
      windows1252,
      problems: [...problems.values()].toSorted((one, other) => other.rows - one.rows),
      taken: [...taken],
      first,
    }),
  };
}

function takenOf(row: unknown): readonly string[] {
  const taken = isFields(row) ? row["taken"] : undefined;
  return Array.isArray(taken) ? (taken as readonly string[]) : [];
}

/** The reason without the row's place, and the same for every place within a list. */
function problemOf({ detail }: RowFailure, { place }: InputRecord): string {
  return detail.replace(`${place}: `, "").replaceAll(/\[\d+\]/g, "[…]");
}

/** An input is read several times; a pipe can be read once. */
async function refusePipe(path: string): Promise<void> {
  if (isRemoteAddress(path)) return;
  // The reader of the file reports one that can't be looked at.
  const kind = await stat(path).catch(() => null);
  if (kind === null || kind.isFile() || kind.isDirectory()) return;
  throw new FellowshipError(
    "bad_input",
    `${path}: expected a file, found a pipe or a device. Write its rows into a file first.`,
    { facts: { path } },
  );
}
