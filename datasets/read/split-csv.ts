import type { Piece, Splitter } from "./splitter.ts";
import { gatherRowBytes, isBlank } from "./splitter.ts";

const quote = 0x22;
const lineFeed = 0x0a;
/** The signs that may separate columns. */
const delimiters = [",", ";", "\t"] as const;
export type CsvDelimiter = (typeof delimiters)[number];
const delimiterBytes: ReadonlySet<number> = new Set(delimiters.map((one) => one.charCodeAt(0)));

/**
 * The sign that separates the columns of a CSV file: the most frequent one of its header outside
 * quotes; a comma where there is none.
 */
export function csvDelimiter(header: Buffer): CsvDelimiter {
  const bare = header.toString("latin1").replaceAll(/"[^"]*"/g, "");
  const count = (one: CsvDelimiter) => bare.split(one).length;
  return delimiters.reduce((best, one) => (count(one) > count(best) ? one : best));
}

/**
 * Cuts CSV into records (RFC 4180): at the line feeds outside quoted cells. A piece holds one
 * record with its quotes, and its place is the line on which it begins. The cells are read
 * elsewhere; cutting first keeps a broken or oversized record from spoiling the next one.
 *
 * @param maxRowBytes a longer record becomes the problem "row too large"
 */
export function splitCsv(maxRowBytes: number): Splitter {
  const row = gatherRowBytes(maxRowBytes);
  let line = 1;
  let firstLine = 1;
  let quoted = false;
  let afterQuote = false;
  let cellStart = true;
  /** Those of the header once it was read. */
  let separators = delimiterBytes;
  let hasHeader = false;

  function take(): Piece[] {
    const place = `line ${firstLine}`;
    firstLine = line;
    const taken = row.take();
    if ("bytes" in taken && isBlank(taken.bytes)) return [];
    if (!hasHeader && "bytes" in taken) {
      separators = new Set([csvDelimiter(taken.bytes).charCodeAt(0)]);
    }
    hasHeader = true;
    return [{ place, ...taken }];
  }

  /** Takes one byte into account; true at the end of a record. */
  function step(byte: number): boolean {
    if (byte === lineFeed) line += 1;
    if (quoted) {
      if (byte === quote) {
        quoted = false;
        afterQuote = true;
      }
      return false;
    }
    // A quote doubled inside a quoted cell, or one that opens a cell; any other is an ordinary
    // character here.
    const opens = byte === quote && (afterQuote || cellStart);
    quoted = opens;
    afterQuote = false;
    cellStart = byte === lineFeed || separators.has(byte);
    return byte === lineFeed;
  }

  return {
    push(chunk) {
      const pieces: Piece[] = [];
      let start = 0;
      for (let index = 0; index < chunk.length; index += 1) {
        if (!step(chunk[index] ?? 0)) continue;
        row.add(chunk.subarray(start, index));
        pieces.push(...take());
        start = index + 1;
      }
      row.add(chunk.subarray(start));
      return pieces;
    },
    end: take,
  };
}
