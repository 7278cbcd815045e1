import { isUtf8 } from "node:buffer";
import * as zlib from "node:zlib";
import type { AsyncBuffer, Compressors, FileMetaData } from "hyparquet";
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { InputSource } from "./input-source.ts";
import { keepDecimals } from "./parquet-decimals.ts";
import { openRowGroup, type RowSpan } from "./parquet-pieces.ts";
import type { ReadWitness } from "./read-witness.ts";
import { toPlainRow, unreadableCell } from "./plain-row.ts";
import { parseJson } from "./parse-json.ts";
import type { RowValue } from "./row-value.ts";

/** How a Parquet file is read. */
type ParquetOptions = {
  /** A row with more text than this becomes the problem "row too large". */
  readonly maxRowBytes: number;
  readonly witness: ReadWitness | undefined;
  /** The only columns that are read of a file on a server; all where not given. */
  readonly columns: readonly string[] | undefined;
};

/**
 * The rows of a Parquet file, one row group in memory at a time (a writer's choice, commonly 1,000
 * to 1,000,000 rows). What each type becomes: see `toPlainRow`. A file of no bytes has no rows. Of
 * a file on a server the first rows of a group are read by themselves, as long as the reader wants
 * no more.
 *
 * @throws FellowshipError `bad_input` for a file that is broken, no Parquet, or packed in a way
 *   this Node can't undo
 */
export async function* readParquet(
  source: InputSource,
  { maxRowBytes, witness, columns }: ParquetOptions,
): AsyncGenerator<RowValue, void, undefined> {
  const opened = await openParquet(source, witness);
  if (opened === undefined) return;
  const { file, names, metadata, restore } = opened;
  const wanted = source.isRemote ? columnsAmong(names, columns) : undefined;
  expectKnownCodecs(source.name, metadata, wanted);
  for (let index = 0, groupStart = 0; index < metadata.row_groups.length; index += 1) {
    const rows = Number(metadata.row_groups[index]?.num_rows ?? 0);
    const parts = source.isRemote
      ? openRowGroup(file, { metadata, index, groupStart, columns: wanted })
      : [{ metadata, rowStart: groupStart, rowEnd: groupStart + rows }];
    for await (const part of orBadInputs(source.name, parts)) {
      const read = await orBadInput(source.name, () => readRows(file, part, wanted));
      for (const row of read) yield toPlainRow(restore(row), maxRowBytes);
    }
    groupStart += rows;
  }
}

/** The names of all columns of a Parquet file, in its order. */
export async function readParquetColumns(source: InputSource): Promise<readonly string[]> {
  const opened = await openParquet(source, undefined);
  return opened === undefined ? [] : opened.names;
}

/** Enough for the description of most files; a longer one is read in a second step. */
const descriptionBytes = 32 * 1024;

async function openParquet(source: InputSource, witness: ReadWitness | undefined) {
  const buffer = await source.buffer();
  const file = source.isRemote ? buffer : witnessed(buffer, witness);
  if (file.byteLength === 0) return undefined;
  const size = source.isRemote ? { initialFetchSize: descriptionBytes } : {};
  // A damaged description may be read well, and turn out to be none of a table later.
  return orBadInput(source.name, async () => {
    const found = await parquetMetadataAsync(file, { geoparquet: false, ...size });
    return { file, names: columnNames(found), ...keepDecimals(found) };
  });
}

function columnNames(metadata: FileMetaData): string[] {
  return parquetSchema(metadata).children.map(({ element }) => element.name);
}

/** Those of the wanted columns that the file has. */
function columnsAmong(
  names: readonly string[],
  columns: readonly string[] | undefined,
): string[] | undefined {
  const wanted = columns && new Set(columns);
  return wanted && names.filter((name) => wanted.has(name));
}

async function readRows(
  file: AsyncBuffer,
  { metadata, rowStart, rowEnd }: RowSpan,
  columns: string[] | undefined,
): Promise<Record<string, unknown>[]> {
  if (columns?.length === 0) return Array.from({ length: rowEnd - rowStart }, () => ({}));
  return parquetReadObjects({
    file,
    metadata,
    rowStart,
    rowEnd,
    ...(columns === undefined ? {} : { columns }),
    useOffsetIndex: true,
    compressors,
    parsers,
    utf8: false,
    geoparquet: false,
  });
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

function expectKnownCodecs(
  path: string,
  metadata: FileMetaData,
  wanted: readonly string[] | undefined,
): void {
  for (const { columns } of metadata.row_groups) {
    for (const { meta_data: column } of columns) {
      if (wanted?.includes(column?.path_in_schema[0] ?? "") === false) continue;
      const codec = column?.codec ?? "UNCOMPRESSED";
      if (codec === "UNCOMPRESSED" || codec === "SNAPPY" || codec in compressors) continue;
      throw new FellowshipError(
        "bad_input",
        `${path}: expected Parquet packed with snappy, gzip or brotli (zstd from Node ` +
          `22.15), found ${codec}. Write the file again with snappy.`,
        { facts: { file: path, codec } },
      );
    }
  }
}

async function orBadInput<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    throw unreadableParquet(path, cause);
  }
}

async function* orBadInputs<Item>(
  path: string,
  items: AsyncIterable<Item> | Iterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  try {
    yield* items;
  } catch (cause) {
    throw unreadableParquet(path, cause);
  }
}

/** An error of ours is about the way to the file, not about its content. */
function unreadableParquet(path: string, cause: unknown): FellowshipError {
  if (cause instanceof FellowshipError) return cause;
  return new FellowshipError(
    "bad_input",
    `${path}: expected a Parquet file, found one that can't be read (` +
      `${cause instanceof Error ? cause.message : String(cause)}). Write the file again.`,
    { facts: { file: path }, cause },
  );
}
