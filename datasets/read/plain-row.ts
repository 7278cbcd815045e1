import { isUtf8 } from "node:buffer";
import { maxJsonDepth } from "./parse-json.ts";
import type { RowValue } from "./row-value.ts";
import { badInput, tooLarge } from "./row-value.ts";

/** Stands for a cell whose bytes are not what its column's type says. */
export const unreadableCell: unique symbol = Symbol("unreadable cell");

/**
 * Turns a Parquet row into what JSON can hold, so that it comes out of a run as it went in: a
 * 64-bit integer becomes a number, or a string of its exact digits beyond 2^53; a date or time an
 * ISO 8601 string; NaN and the infinities null; bytes their text where they are UTF-8, else base64;
 * lists and structs arrays and objects without a prototype.
 *
 * @param maxRowBytes most text a row may hold, in UTF-16 code units (for most texts: bytes)
 */
export function toPlainRow(row: Readonly<Record<string, unknown>>, maxRowBytes: number): RowValue {
  let size = 0;
  let problem: string | undefined;

  function plain(value: unknown, depth: number): unknown {
    if (value === unreadableCell) {
      problem ??= "a cell holds bytes that are not what its column says (UTF-8 text, or JSON)";
      return null;
    }
    if (depth > maxJsonDepth) {
      problem ??= `expected at most ${maxJsonDepth} levels of nesting, found more`;
      return null;
    }
    if (typeof value === "string") size += value.length;
    if (typeof value !== "object" || value === null) return plainScalar(value);
    if (value instanceof Date) return plainDate(value);
    if (value instanceof Uint8Array) {
      const text = plainBytes(value);
      size += text.length;
      return text;
    }
    if (ArrayBuffer.isView(value))
      return Array.from(value as unknown as Iterable<unknown>, plainScalar);
    if (Array.isArray(value)) return value.map((item: unknown) => plain(item, depth + 1));
    const copy: Record<string, unknown> = Object.create(null);
    for (const [key, item] of Object.entries(value)) copy[key] = plain(item, depth + 1);
    return copy;
  }

  const value = plain(row, 1);
  if (problem !== undefined) return badInput(problem);
  return size > maxRowBytes ? tooLarge(maxRowBytes) : { value };
}

function plainScalar(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (typeof value === "number" && !Number.isFinite(value)) return null;
  return value ?? null;
}

function plainDate(date: Date): string | null {
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function plainBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString(isUtf8(buffer) ? "utf8" : "base64");
}
