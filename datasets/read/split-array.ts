import { badInput } from "./row-value.ts";
import type { Piece, Splitter } from "./splitter.ts";
import { gatherRowBytes, isBlank } from "./splitter.ts";

const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const comma = 0x2c;
const quote = 0x22;
const backslash = 0x5c;

const cutShort = "the file ends before its array does: was it cut short?";

/**
 * Cuts a JSON array into its elements, by brackets, commas and strings alone; whether an element is
 * good JSON is found out where it is parsed. An array that was cut short ends in a problem, not in
 * silence.
 *
 * @param maxRowBytes a longer element becomes the problem "row too large"
 */
export function splitArray(maxRowBytes: number): Splitter {
  const row = gatherRowBytes(maxRowBytes);
  let elements = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let closed = false;

  function piece(content: { bytes: Buffer } | ReturnType<typeof badInput>): Piece {
    elements += 1;
    return { place: `element ${elements}`, ...content };
  }

  /** The last element of an array that lacks its end, where at least the element is whole. */
  function takeWhole(): Piece[] {
    const taken = row.take();
    const whole = depth === 1 && !inString && !("bytes" in taken && isBlank(taken.bytes));
    return whole ? [piece(taken)] : [];
  }

  function takeElement(): Piece[] {
    const taken = row.take();
    if (!("bytes" in taken) || !isBlank(taken.bytes)) return [piece(taken)];
    if (closed && elements === 0) return [];
    return [piece(badInput("expected an element, found nothing: a comma too many"))];
  }

  /** True for a byte that is part of a string; a quote that opens or ends one included. */
  function stepString(byte: number): boolean {
    if (!inString) {
      inString = byte === quote;
      return inString;
    }
    if (escaped) escaped = false;
    else if (byte === backslash) escaped = true;
    else if (byte === quote) inString = false;
    return true;
  }

  /** What the byte means for the array: its own bracket opened, an element ended, or nothing. */
  function step(byte: number): "opened" | "ended" | undefined {
    if (stepString(byte)) return undefined;
    if (byte === openBracket || byte === openBrace) {
      depth += 1;
      return depth === 1 ? "opened" : undefined;
    }
    if (byte === closeBracket || byte === closeBrace) {
      depth -= 1;
      closed = depth === 0;
      return closed ? "ended" : undefined;
    }
    return byte === comma && depth === 1 ? "ended" : undefined;
  }

  return {
    push(chunk) {
      const pieces: Piece[] = [];
      let start = 0;
      for (let index = 0; index < chunk.length && !closed; index += 1) {
        const event = step(chunk[index] ?? 0);
        if (event === undefined) continue;
        if (event === "ended") {
          row.add(chunk.subarray(start, index));
          pieces.push(...takeElement());
        }
        start = index + 1;
      }
      row.add(chunk.subarray(start));
      return pieces;
    },
    end() {
      if (!closed) return [...takeWhole(), piece(badInput(cutShort))];
      const rest = row.take();
      if ("bytes" in rest && isBlank(rest.bytes)) return [];
      return [piece(badInput("expected the end of the file after the array, found more text"))];
    },
  };
}
