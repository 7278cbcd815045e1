import type { ReadWitness } from "../../datasets/read/read-witness.ts";
import {
  readRecords,
  type InputRecord,
  type ReadOptions,
} from "../../datasets/read/read-records.ts";
import { isFields } from "../../datasets/read/row-value.ts";
import {
  columnValue,
  mapColumns,
  outerColumn,
  type ColumnMap,
} from "../../datasets/rows/column-map.ts";
import { createRandom } from "../../statistics/estimates/seeded-random.ts";

/** How the rows of an input are read, and which ones. It is a part of the run's plan. */
export type InputReading = {
  readonly map?: readonly ColumnMap[];
  /** Instruction data as people have them: see `toInstructionRow`. */
  readonly lenient?: true;
  /** Only rows whose fields have these values. */
  readonly where?: readonly { readonly field: string; readonly value: string }[];
  /** So many rows of those, drawn by a seed. */
  readonly sample?: { readonly rows: number; readonly seed: string };
};

type ReadInput = {
  readonly input: string;
  readonly reading?: InputReading | undefined;
  /** The columns that the command reads; all where not given. */
  readonly columns?: readonly string[] | undefined;
};

/**
 * Reads the rows of an input, mapped and chosen as the options say, in the order of the file.
 * Chosen rows are numbered from 1; a row without an id is still called by its place in the file. A
 * row that can't be read is kept, since its fields are unknown.
 *
 * @throws FellowshipError as `readRecords` does
 */
export async function* readInput(
  { input, reading = {}, columns }: ReadInput,
  witness?: ReadWitness,
): AsyncGenerator<InputRecord, void, undefined> {
  const { sample } = reading;
  const whole = { columns: columnsRead(columns, reading) };
  if (sample === undefined) {
    yield* readChosen(input, reading, { ...whole, witness });
    return;
  }
  let rest = 0;
  for await (const _ of readChosen(input, reading, whole)) rest += 1;
  const isDrawn = createDraw(rest, sample);
  let number = 0;
  for await (const record of readChosen(input, reading, { ...whole, witness })) {
    if (number >= sample.rows) return;
    if (!isDrawn()) continue;
    number += 1;
    yield { ...record, number };
  }
}

/** Says of each of so many rows in turn whether it is drawn. */
export function createDraw(
  count: number,
  { rows, seed }: NonNullable<InputReading["sample"]>,
): () => boolean {
  const random = createRandom(seed);
  let rest = count;
  let wanted = Math.min(rows, count);
  // Selection sampling: Knuth, The Art of Computer Programming, volume 2, section 3.4.2, S.
  return function isDrawn() {
    const drawn = random() * rest < wanted;
    rest -= 1;
    if (drawn) wanted -= 1;
    return drawn;
  };
}

/** Beside the command's own columns, those that are mapped or that choose the rows. */
export function columnsRead(
  columns: readonly string[] | undefined,
  { map = [], where = [] }: InputReading,
): readonly string[] | undefined {
  const named = [...map.map(({ column }) => column), ...where.map(({ field }) => field)];
  return columns && [...columns, ...named, ...named.map(outerColumn)];
}

/** The mapped rows that `where` takes. */
async function* readChosen(
  input: string,
  { map = [], where = [], sample }: InputReading,
  options: ReadOptions,
): AsyncGenerator<InputRecord, void, undefined> {
  const isWhole = where.length === 0 && sample === undefined;
  let number = 0;
  for await (const record of readRecords(input, options)) {
    const mapped = mapRecord(record, map);
    if (isWhole) {
      yield mapped;
      continue;
    }
    if (!isChosen(record, mapped, where)) continue;
    number += 1;
    yield { ...mapped, number, numberInFile: record.number };
  }
}

function mapRecord(record: InputRecord, map: readonly ColumnMap[]): InputRecord {
  if (map.length === 0 || !("value" in record) || !isFields(record.value)) return record;
  return { ...record, value: mapColumns(record.value, map) };
}

/** A field is looked up among the mapped fields, then among the columns of the file. */
function isChosen(
  record: InputRecord,
  mapped: InputRecord,
  where: NonNullable<InputReading["where"]>,
): boolean {
  const isRead = "value" in mapped && "value" in record;
  return !isRead || hasValues([mapped.value, record.value], where);
}

/** Whether every field has its value in one of the rows. */
export function hasValues(
  rows: readonly unknown[],
  where: NonNullable<InputReading["where"]>,
): boolean {
  return where.every(({ field, value }) => {
    const found = rows.map((row) => (isFields(row) ? columnValue(row, field) : undefined));
    return found.some((one) => isScalar(one) && String(one) === value);
  });
}

function isScalar(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}
