import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitArray } from "./split-array.ts";
import { splitCsv } from "./split-csv.ts";
import { splitLines } from "./split-lines.ts";
import type { Splitter } from "./splitter.ts";

const splitters: Record<string, (maxRowBytes: number) => Splitter> = {
  splitLines,
  splitCsv,
  splitArray,
};

function split(splitter: Splitter, chunks: readonly Buffer[]): unknown[] {
  const pieces = [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
  return pieces.map((piece) =>
    "bytes" in piece ? { ...piece, bytes: piece.bytes.toString() } : piece,
  );
}

describe.each(Object.entries(splitters))("%s", (_, createSplitter) => {
  it("gives the same pieces wherever the chunks end", () => {
    const character = fc.constantFrom('"', ",", "\n", "\r", "[", "]", "{", "}", "\\", "x", " ");
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 60 }), (rest) => {
        const bytes = Buffer.from(`[${rest}`);
        const single = Array.from(bytes, (byte) => Buffer.from([byte]));
        expect(split(createSplitter(20), single)).toEqual(split(createSplitter(20), [bytes]));
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
