import { isRemoteAddress } from "../../state/files/remote-address.ts";
import type { InputFormat } from "./input-format.ts";
import { openSources, type InputSource } from "./input-source.ts";
import { openText } from "./open-text.ts";
import type { CsvHeader } from "./parse-csv.ts";
import { decodeUtf8, parseJsonBytes } from "./parse-json.ts";
import type { ReadWitness } from "./read-witness.ts";
import type { RowProblem, RowValue } from "./row-value.ts";
import { splitCsv } from "./split-csv.ts";
import { splitJson } from "./split-json.ts";
import { splitLines } from "./split-lines.ts";
import type { Piece, Splitter } from "./splitter.ts";

/**
 * One row of an input file as it stands there, or why it can't be had. `number` is the row's
 * 1-based place among the rows (blank lines are no rows) and its key everywhere; `place` says where
 * to look in the file: "line 17", "element 3" of a JSON array, "row 5" of a Parquet file.
 */
export type InputRecord = {
  number: number;
  place: string;
  /** The row's place in the whole file, where only some of its rows are taken. */
  numberInFile?: number;
  /** Set for a row of a CSV file whose text is Windows-1252. */
  isWindows1252?: true;
} & RowValue;

/** How a file is read. */
export type ReadOptions = {
  /**
   * A row larger than this is the problem "row too large", and is never held whole. Default 16 MiB.
   */
  maxRowBytes?: number;
  /** Told of every byte that is read of a file that is here. */
  witness?: ReadWitness | undefined;
  /**
   * The columns that are read of Parquet on a server; all of them where not given. Other inputs are
   * read whole.
   */
  columns?: readonly string[] | undefined;
};

const defaultMaxRowBytes = 16 * 1024 * 1024;

/**
 * Reads the rows of an input as a stream, in a memory that does not grow with it: JSONL line by
 * line, a JSON array element by element, CSV record by record, Parquet row group by row group. An
 * input is a path, or an address on the Hugging Face Hub (`hf://`) or the web (`https://`), of
 * which no more is downloaded than is read; several files of a split are read one after the other.
 *
 * Formats by file ending: `.jsonl`, `.ndjson`, `.json` (an array, or one object a line), `.csv` and
 * `.tsv` (separated as the header is: by commas, semicolons or tabs), `.txt` (a prompt a line), each
 * also with `.gz`, and `.parquet`. Text is UTF-8, or UTF-16 with a byte order mark, in CSV also
 * Windows-1252; CRLF, blank lines and a missing last
 * newline are accepted. An empty file has no rows.
 *
 * A row that can't be used (broken JSON, bytes that are no UTF-8, nested deeper than 64 levels, too
 * large) comes out as a `problem`, and the next one is read. Integers that a double would change
 * (beyond 2^53) come out as strings of their exact digits, so that ids never run together; a lone
 * surrogate stays as it is. In a row with a key `__proto__`, the objects have no prototype and the
 * key is data like any other.
 *
 * @throws FellowshipError `bad_input` where the file as a whole can't be read: no such file, a
 *   directory, an unknown ending, UTF-16 without a byte order mark, broken gzip or Parquet, JSON
 *   that is no array. Broken gzip may come to light only after the rows before it.
 * @example
 * for await (const record of readRecords("prompts.jsonl")) {
 *   const prompt = toPromptRow(record);
 * }
 */
export async function* readRecords(
  input: string,
  options: ReadOptions = {},
): AsyncGenerator<InputRecord, void, undefined> {
  const sources = await openSources(input);
  let number = 0;
  for (const source of sources) {
    const where = sources.length === 1 ? "" : ` of ${source.name}`;
    for await (const { place, ...row } of readSource(source, options)) {
      number += 1;
      yield { number, place: `${place}${where}`, ...row };
    }
  }
}

/**
 * The names of an input's columns where it says them itself: Parquet on a server. Other inputs name
 * them row by row.
 *
 * @throws FellowshipError as `readRecords` does
 */
export async function namedColumns(input: string): Promise<readonly string[] | undefined> {
  if (!isRemoteAddress(input)) return undefined;
  const [source] = await openSources(input);
  if (source?.format.kind !== "parquet") return undefined;
  const { readParquetColumns } = await import("./read-parquet.ts");
  return readParquetColumns(source);
}

async function* readSource(
  source: InputSource,
  { maxRowBytes = defaultMaxRowBytes, witness, columns }: ReadOptions,
): AsyncGenerator<{ place: string } & RowValue, void, undefined> {
  // A format's reader is loaded where there is such a file.
  if (source.format.kind === "parquet") {
    const { readParquet } = await import("./read-parquet.ts");
    let number = 0;
    for await (const row of readParquet(source, { maxRowBytes, witness, columns })) {
      number += 1;
      yield { place: `row ${number}`, ...row };
    }
    return;
  }
  const parsePiece = await pieceParser(source.name, source.format);
  for await (const piece of readPieces(source, { maxRowBytes, witness })) {
    const row = parsePiece(piece);
    if (row !== undefined) yield { place: piece.place, ...row };
  }
}

async function* readPieces(
  source: InputSource,
  { maxRowBytes, witness }: { maxRowBytes: number; witness: ReadWitness | undefined },
): AsyncGenerator<Piece, void, undefined> {
  const splitter = createSplitter(source, maxRowBytes);
  for await (const chunk of openText(source, witness)) yield* splitter.push(chunk);
  yield* splitter.end();
}

function createSplitter({ name, format }: InputSource, maxRowBytes: number): Splitter {
  if (format.kind === "csv") return splitCsv(maxRowBytes);
  if (format.kind === "json") return splitJson(name, maxRowBytes);
  return splitLines(maxRowBytes);
}

type ParsedRow = RowValue & Pick<InputRecord, "isWindows1252">;

type PieceParser = (piece: Piece) => ParsedRow | undefined;

async function pieceParser(path: string, { kind }: InputFormat): Promise<PieceParser> {
  if (kind === "csv") return csvParser(path);
  return kind === "txt" ? parsePromptPiece : parseJsonPiece;
}

/** A line of text is a prompt. */
function parsePromptPiece(piece: Piece): RowValue {
  if (!("bytes" in piece)) return problemOf(piece);
  const decoded = decodeUtf8(piece.bytes);
  return "problem" in decoded ? decoded : { value: { prompt: decoded.text.trim() } };
}

function parseJsonPiece(piece: Piece): RowValue {
  return "bytes" in piece ? parseJsonBytes(piece.bytes) : problemOf(piece);
}

/** Takes the header first, which is no row, then the records. */
async function csvParser(path: string): Promise<PieceParser> {
  const { parseCsvHeader, parseCsvRow } = await import("./parse-csv.ts");
  let header: CsvHeader | undefined;
  return function parseCsvPiece(piece) {
    if (header === undefined) {
      header = parseCsvHeader(path, "bytes" in piece ? piece.bytes : problemOf(piece));
      return undefined;
    }
    return "bytes" in piece ? parseCsvRow(header, piece.bytes) : problemOf(piece);
  };
}

function problemOf({ problem, reason }: RowProblem): RowProblem {
  return { problem, reason };
}
