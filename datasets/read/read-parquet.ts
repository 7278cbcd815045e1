import { isUtf8 } from "node:buffer";
import * as zlib from "node:zlib";
import type { AsyncBuffer, Compressors, FileMetaData } from "hyparquet";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { keepDecimals } from "./parquet-decimals.ts";
import type { ReadWitness } from "./read-witness.ts";
import { toPlainRow, unreadableCell } from "./plain-row.ts";
import { parseJson } from "./parse-json.ts";
import type { RowValue } from "./row-value.ts";

/**
 * The rows of a Parquet file, one row group in memory at a time (a writer's choice, commonly 1,000
 * to 1,000,000 rows). What each type becomes: see `toPlainRow`. A file of no bytes has no rows.
 *
 * @param maxRowBytes a row with more text than this becomes the problem "row too large"
 * @throws FellowshipError `bad_input` for a file that is broken, no Parquet, or packed in a way
 *   this Node can't undo
 */
export async function* readParquet(
  path: string,
  { maxRowBytes, witness }: { maxRowBytes: number; witness: ReadWitness | undefined },
): AsyncGenerator<RowValue, void, undefined> {
  const file = witnessed(await asyncBufferFromFile(path), witness);
  if (file.byteLength === 0) return;
  const found = await orBadInput(path, () => parquetMetadataAsync(file, { geoparquet: false }));
  const { metadata, restore } = keepDecimals(found);
  expectKnownCodecs(path, metadata);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const rows = await orBadInput(path, () =>
      parquetReadObjects({
        file,
        metadata,
        rowStart,
        rowEnd,
        compressors,
        parsers,
        utf8: false,
        geoparquet: false,
      }),
    );
    for (const row of rows) yield toPlainRow(restore(row), maxRowBytes);
    rowStart = rowEnd;
  }
}

function witnessed(file: AsyncBuffer, witness: ReadWitness | undefined): AsyncBuffer {
  if (witness === undefined) return file;
  return {
    byteLength: file.byteLength,
    async slice(start, end) {
      const bytes = await file.slice(start, end);
      witness.saw(start < 0 ? file.byteLength + start : start, new Uint8Array(bytes));
      return bytes;
    },
  };
}

const parsers = {
  // The reader's own decoder drops a byte order mark at the start of a text and hides broken UTF-8.
  stringFromBytes: (bytes: Uint8Array | undefined) =>
    bytes === undefined ? undefined : isUtf8(bytes) ? decode(bytes) : unreadableCell,
  jsonFromBytes: (bytes: Uint8Array | undefined) => {
    if (bytes === undefined) return undefined;
    const parsed = isUtf8(bytes) ? parseJson(decode(bytes)) : undefined;
    return parsed !== undefined && "value" in parsed ? parsed.value : unreadableCell;
  },
};

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** Node has had Zstandard since 22.15; the types are those of the oldest Node we support. */
const zstd = ("zstdDecompressSync" in zlib ? zlib.zstdDecompressSync : undefined) as
  | ((bytes: Uint8Array) => Uint8Array)
  | undefined;

const compressors: Compressors = {
  GZIP: (bytes) => zlib.gunzipSync(bytes),
  BROTLI: (bytes) => zlib.brotliDecompressSync(bytes),
  ...(zstd === undefined ? {} : { ZSTD: (bytes: Uint8Array) => zstd(bytes) }),
};

function expectKnownCodecs(path: string, metadata: FileMetaData): void {
  for (const { columns } of metadata.row_groups) {
    for (const { meta_data: column } of columns) {
      const codec = column?.codec ?? "UNCOMPRESSED";
      if (codec === "UNCOMPRESSED" || codec === "SNAPPY" || codec in compressors) continue;
      throw new FellowshipError(
        "bad_input",
        `${path}: expected Parquet packed with snappy, gzip or brotli (zstd from Node 22.15), found ` +
          `${codec}. Write the file again with snappy.`,
        { facts: { file: path, codec } },
      );
    }
  }
}

async function orBadInput<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    throw new FellowshipError(
      "bad_input",
      `${path}: expected a Parquet file, found one that can't be read (` +
        `${cause instanceof Error ? cause.message : String(cause)}). Write the file again.`,
      { facts: { file: path }, cause },
    );
  }
}
