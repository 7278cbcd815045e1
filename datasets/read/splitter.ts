import type { RowProblem } from "./row-value.ts";
import { tooLarge } from "./row-value.ts";

/** The bytes of one row as they stand in the file, and where; or why they can't be had. */
export type Piece = { place: string } & ({ bytes: Buffer } | RowProblem);

/** Cuts a stream of bytes into rows. Pieces come out in the file's order. */
export type Splitter = {
  push(chunk: Buffer): Piece[];
  /** Call once, after the last chunk. */
  end(): Piece[];
};

/** Gathers the bytes of one row over chunks; forgets them as soon as they pass the limit. */
export type RowBytes = {
  add(bytes: Buffer): void;
  /** The row so far; the next `add` begins another. */
  take(): { bytes: Buffer } | RowProblem;
};

/** @param maxBytes the largest row that is held */
export function gatherRowBytes(maxBytes: number): RowBytes {
  let parts: Buffer[] = [];
  let length = 0;
  return {
    add(bytes) {
      length += bytes.length;
      if (length > maxBytes) parts = [];
      else if (bytes.length > 0) parts.push(bytes);
    },
    take() {
      const taken = length > maxBytes ? tooLarge(maxBytes) : { bytes: joined(parts) };
      parts = [];
      length = 0;
      return taken;
    },
  };
}

function joined(parts: Buffer[]): Buffer {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
}

/** True for bytes that are all spaces, tabs and line ends. */
export function isBlank(bytes: Buffer): boolean {
  return bytes.every(isJsonSpace);
}

/** True for space, tab, line feed and carriage return. */
export function isJsonSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
