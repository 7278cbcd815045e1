import type { InputRecord } from "../../datasets/read/read-records.ts";
import type { RowFailure } from "../../datasets/rows/row-fields.ts";

/** How a command reads the rows of its input. */
export type RowReader<Row> = {
  readonly toRow: (record: InputRecord) => { ok: true; row: Row } | RowFailure;
  /** The fields that a row needs: any one name of each inner list. */
  readonly wanted: readonly (readonly string[])[];
  /**
   * All columns that the command reads, and no other ones of Parquet on a server; absent where it
   * takes whole rows.
   */
  readonly columns?: readonly string[] | undefined;
  /** A row as the command understands it: texts by the names of fields. */
  readonly preview: (row: Row) => RowPreview;
};

export type RowPreview = Readonly<Record<string, string>>;

/** Rows that can't be used for one reason. */
export type InputProblem = {
  readonly problem: string;
  readonly rows: number;
  /** The place of the first such row, such as "line 17". */
  readonly first: string;
};

/** The rows of an input, as far as they were inspected. */
export type InputReport = {
  readonly rows: number;
  readonly usable: number;
  /** Rows of a CSV file that are Windows-1252 text, not UTF-8. */
  readonly windows1252: number;
  /** The most frequent first. */
  readonly problems: readonly InputProblem[];
  /** The names of the fields that the first rows hold. */
  readonly columns: readonly string[];
  /** Columns of Parquet on a server that are not read; absent without any. */
  readonly leftOut?: readonly string[];
  /** Fields read from columns of other names: "prompt from question". */
  readonly taken: readonly string[];
  /** The first three usable rows. */
  readonly first: readonly RowPreview[];
};
