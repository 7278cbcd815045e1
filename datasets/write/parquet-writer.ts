import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type * as z from "zod";
import type { Output } from "./open-output.ts";
import { openOutput } from "./open-output.ts";
import { toParquetShape } from "./parquet-schema.ts";

/**
 * A Parquet file that is there only when it is whole. In what `commit` returns, `lines` counts
 * rows.
 */
export type ParquetFileWriter = Omit<Output, "write" | "flush"> & {
  /** Adds a row. Returns a promise where the caller should wait before the next one. */
  write(row: Readonly<Record<string, unknown>>): Promise<void> | undefined;
};

/**
 * How a Parquet file is cut, and which columns it has. The memory a writer needs is that of one row
 * group.
 */
export type ParquetOptions = {
  /** Rows of a row group. Default 1,000. */
  rowsPerGroup?: number;
  /** A row group ends early when its texts pass this many UTF-16 code units. Default 4 Mi. */
  textPerGroup?: number;
  /** The optional columns to have, by path (`source.round`). Default all. */
  isUsed?: ((path: string) => boolean) | undefined;
};

/**
 * Opens a Parquet file for writing rows of one shape; see `toParquetShape` for the columns and
 * `openOutput` for where the file is until the commit, and what is thrown. Packed with snappy. The
 * same rows give the same bytes, and no rows a valid file with the schema. Texts must be
 * well-formed (`toWellFormed`): a lone surrogate would become U+FFFD without being counted.
 */
export async function openParquetWriter(
  path: string,
  schema: z.ZodObject,
  options: ParquetOptions = {},
): Promise<ParquetFileWriter> {
  const { rowsPerGroup = 1000, textPerGroup = 4 * 1024 * 1024 } = options;
  const shape = toParquetShape(schema, options.isUsed);
  const output = await openOutput(path);
  const bytes = new ByteWriter();
  // Without statistics: bounds of free text help no reader, and the footer would hold a text for
  // each.
  const parquet = new ParquetWriter({
    writer: bytes,
    schema: shape.elements,
    statistics: false,
    createdBy: "fellowship",
  });
  let group: unknown[][] = [];
  let groupText = 0;
  let rows = 0;

  function drain(): Promise<void> | undefined {
    // The output copies the bytes, so the buffer is free for the next group at once.
    const pending = output.write(bytes.getBytes());
    bytes.index = 0;
    return pending;
  }

  function writeGroup(): Promise<void> | undefined {
    const columnData = shape.columns.map((name, column) => ({
      name,
      data: group.map((cells) => cells[column]),
    }));
    void parquet.write({ columnData, rowGroupSize: group.length });
    group = [];
    groupText = 0;
    return drain();
  }

  return {
    write(row) {
      group.push(shape.toCells(row));
      groupText += textLength(row);
      rows += 1;
      if (group.length < rowsPerGroup && groupText < textPerGroup) return undefined;
      return writeGroup();
    },
    async commit() {
      if (group.length > 0) await writeGroup();
      void parquet.finish();
      await drain();
      return { ...(await output.commit()), lines: rows };
    },
    abort: () => output.abort(),
  };
}

/** UTF-16 code units of all texts in a value. */
function textLength(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  let length = 0;
  for (const item of Object.values(value)) length += textLength(item);
  return length;
}
