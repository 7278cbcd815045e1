import type { AsyncBuffer, FileMetaData, RowGroup } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";

/** A chunk of one column in a row group. */
type ColumnChunk = RowGroup["columns"][number];

/** Rows to read, and the description of the file to read them by. */
export type RowSpan = {
  readonly metadata: FileMetaData;
  readonly rowStart: number;
  readonly rowEnd: number;
};

type GroupOptions = {
  readonly metadata: FileMetaData;
  /** The row group's place among the groups. */
  readonly index: number;
  /** The rows before it. */
  readonly groupStart: number;
  readonly columns: readonly string[] | undefined;
};

/** A group of no more bytes is read at once. */
const smallGroupBytes = 128 * 1024;
const firstRows = 128;
/** Each span is so many times as long as what was read before it. */
const growth = 8;
/** The longest span of a group whose pages are listed in an index. */
const mostRows = 8192;

/**
 * Divides a row group into spans of rows, the first ones short, so that a reader of a few rows
 * downloads a few pages and not whole columns. Columns can be read in part where the file lists
 * their pages in an offset index, or where they hold one value a row: then the headers of the pages
 * say how far they reach.
 */
export async function* openRowGroup(
  file: AsyncBuffer,
  options: GroupOptions,
): AsyncGenerator<RowSpan, void, undefined> {
  const { metadata, index, groupStart, columns } = options;
  const group = metadata.row_groups[index];
  if (group === undefined) return;
  const rows = Number(group.num_rows);
  const chunks = group.columns.filter(
    ({ meta_data: data }) => columns?.includes(data?.path_in_schema[0] ?? "") !== false,
  );
  const isIndexed = chunks.every(hasOffsetIndex);
  const isSmall = bytesOf(chunks) <= smallGroupBytes;
  const canCut =
    !isSmall && chunks.every((chunk) => hasOffsetIndex(chunk) || isFlat(chunk, metadata));
  for (let start = 0; start < rows;) {
    const length = canCut ? Math.max(firstRows, start * (growth - 1)) : rows;
    const end = Math.min(rows, start + (isIndexed ? Math.min(length, mostRows) : length));
    const span = { rowStart: groupStart + start, rowEnd: groupStart + end };
    yield { metadata: end < rows ? await cutGroup(file, options, end) : metadata, ...span };
    start = end;
  }
}

function hasOffsetIndex({ offset_index_offset, offset_index_length }: ColumnChunk): boolean {
  return Boolean(offset_index_offset) && Boolean(offset_index_length);
}

function bytesOf(chunks: readonly ColumnChunk[]): number {
  return chunks.reduce((sum, { meta_data: data }) => sum + Number(data?.total_compressed_size), 0);
}

/** A column at the top that holds one value a row, or none. */
function isFlat({ meta_data: data }: ColumnChunk, { schema }: FileMetaData): boolean {
  const [name, ...inner] = data?.path_in_schema ?? [];
  if (inner.length > 0) return false;
  const element = schema.find((one) => one.name === name && one.num_children === undefined);
  return element !== undefined && element.repetition_type !== "REPEATED";
}

/** The description of the file with the chunks of one group cut behind a number of its rows. */
async function cutGroup(
  file: AsyncBuffer,
  { metadata, index, columns }: GroupOptions,
  rows: number,
): Promise<FileMetaData> {
  const groups = [...metadata.row_groups];
  const group = groups[index];
  if (group === undefined) return metadata;
  const cut = group.columns.map(async (chunk) => {
    const isRead = columns?.includes(chunk.meta_data?.path_in_schema[0] ?? "") !== false;
    return isRead && !hasOffsetIndex(chunk) ? cutChunk(file, chunk, rows) : chunk;
  });
  groups[index] = { ...group, columns: await Promise.all(cut) };
  return { ...metadata, row_groups: groups };
}

/** A chunk that ends with the page in which the last of the rows is. */
async function cutChunk(file: AsyncBuffer, chunk: ColumnChunk, rows: number): Promise<ColumnChunk> {
  const { meta_data: data } = chunk;
  if (data === undefined) return chunk;
  const start = Number(data.dictionary_page_offset || data.data_page_offset);
  const end = start + Number(data.total_compressed_size);
  let at = start;
  for (let found = 0; found < rows && at < end;) {
    const { length, values } = await readPageHeader(file, at, end);
    found += values;
    at += length;
  }
  const size = BigInt(Math.min(at, end) - start);
  return { ...chunk, meta_data: { ...data, total_compressed_size: size } };
}

/** Most headers are far shorter; long ones hold long texts as their statistics. */
const headerBytes = 4096;

/** The length of a page with its header, in bytes, and the values in it: none of a dictionary. */
async function readPageHeader(
  file: AsyncBuffer,
  start: number,
  end: number,
): Promise<{ length: number; values: number }> {
  for (let bytes = headerBytes; ; bytes *= 8) {
    const reader = {
      view: new DataView(await file.slice(start, Math.min(end, start + bytes))),
      offset: 0,
    };
    try {
      const { compressed_page_size: size, ...header } = parquetHeader(reader);
      const { data_page_header: first, data_page_header_v2: second } = header;
      return { length: reader.offset + size, values: first?.num_values ?? second?.num_values ?? 0 };
    } catch (error) {
      // A header that is cut off; one that is whole and can't be read is broken.
      if (!(error instanceof RangeError) || start + bytes >= end) throw error;
    }
  }
}
