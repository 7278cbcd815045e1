import type { Piece, Splitter } from "./splitter.ts";
import { gatherRowBytes, isBlank } from "./splitter.ts";

const lineFeed = 0x0a;

/**
 * Cuts bytes at line feeds and nowhere else: U+2028, U+2029 and U+0085 are ordinary characters in
 * JSON text. Blank lines give no piece, and count as lines.
 *
 * @param maxRowBytes a longer line becomes the problem "row too large"
 */
export function splitLines(maxRowBytes: number): Splitter {
  const row = gatherRowBytes(maxRowBytes);
  let line = 0;

  function take(): Piece[] {
    line += 1;
    const taken = row.take();
    if ("bytes" in taken && isBlank(taken.bytes)) return [];
    return [{ place: `line ${line}`, ...taken }];
  }

  return {
    push(chunk) {
      const pieces: Piece[] = [];
      let start = 0;
      for (;;) {
        const end = chunk.indexOf(lineFeed, start);
        if (end === -1) break;
        row.add(chunk.subarray(start, end));
        pieces.push(...take());
        start = end + 1;
      }
      row.add(chunk.subarray(start));
      return pieces;
    },
    end: take,
  };
}
