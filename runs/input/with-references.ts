import type { InputRecord } from "../../datasets/read/read-records.ts";
import { badInput, describe } from "../../datasets/read/row-value.ts";
import { rowFailure, type RowFailure } from "../../datasets/rows/row-fields.ts";
import type { References } from "../../state/references.ts";
import type { ReferenceColumns } from "../../topologies/reference-columns.ts";

type Fields = Readonly<Record<string, unknown>>;
type Read<Row> = { ok: true; row: Row } | RowFailure;
/** A row with the reference answers that its evaluators read. */
export type WithReferences<Row> = Row & { readonly references?: References };

/**
 * A reader of rows that reads their reference answers too: texts, or numbers as text. A row without
 * one that is needed can't be used.
 *
 * @param fieldsOf The fields of a row beside those that it is made of.
 */
export function withReferences<Row extends { readonly id: string }>(
  toRow: (record: InputRecord) => Read<Row>,
  fieldsOf: (row: Row) => Fields,
  { read: columns, needed }: ReferenceColumns,
): (record: InputRecord) => Read<WithReferences<Row>> {
  return (record) => {
    const read = toRow(record);
    if (!read.ok) return read;
    const fields = fieldsOf(read.row);
    const references = referencesIn(fields, columns);
    const missing = needed.find((column) => references[column] === undefined);
    if (missing === undefined) return { ok: true, row: { ...read.row, references } };
    const found = describe(fields[missing] ?? undefined);
    const problem =
      `${missing}: expected a reference answer (text or a number), which equals: reference ` +
      `compares with; found ${found}`;
    return rowFailure(record, read.row.id, badInput(problem));
  };
}

function referencesIn(fields: Fields, columns: readonly string[]): References {
  const references: References = Object.create(null);
  for (const column of columns) {
    const value = Object.hasOwn(fields, column) ? fields[column] : undefined;
    if (typeof value === "string") references[column] = value;
    if (typeof value === "number") references[column] = String(value);
  }
  return references;
}
