import type { Piece, Splitter } from "./splitter.ts";
import { gatherRowBytes, isBlank } from "./splitter.ts";

const quote = 0x22;
const comma = 0x2c;
const lineFeed = 0x0a;

/**
 * Cuts CSV into records (RFC 4180): at the line feeds that stand in no quoted cell. A piece holds one record
 * with its quotes, and its place is the line on which it begins. The cells are read elsewhere; cutting first
 * keeps a broken or oversized record from spoiling the next one.
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

  function take(): Piece[] {
    const place = `line ${firstLine}`;
    firstLine = line;
    const taken = row.take();
    if ("bytes" in taken && isBlank(taken.bytes)) return [];
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
    // A quote doubled inside a quoted cell, or one that opens a cell; any other is an ordinary character here.
    const opens = byte === quote && (afterQuote || cellStart);
    quoted = opens;
    afterQuote = false;
    cellStart = byte === comma || byte === lineFeed;
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
