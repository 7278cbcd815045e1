import { isUtf8 } from "node:buffer";
import type { RowValue } from "./row-value.ts";
import { badInput } from "./row-value.ts";

/**
 * Levels of arrays and objects a row may hold; deeper ones serve no purpose here and overflow
 * stacks later.
 */
export const maxJsonDepth = 64;

const noUtf8 = "expected UTF-8 text, found bytes that are none";

/** Reads JSON from bytes that should be UTF-8; see `parseJson`. */
export function parseJsonBytes(bytes: Buffer): RowValue {
  return isUtf8(bytes) ? parseJson(bytes.toString("utf8")) : badInput(noUtf8);
}

/** Decodes bytes that should be UTF-8. A byte order mark inside the text stays. */
export function decodeUtf8(bytes: Buffer): { text: string } | ReturnType<typeof badInput> {
  return isUtf8(bytes) ? { text: bytes.toString("utf8") } : badInput(noUtf8);
}

/**
 * Reads JSON that strangers wrote. Never throws.
 *
 * - nested deeper than 64 levels: a problem, found before anything is built
 * - an integer whose digits a double would change (they begin at 2^53), and a number beyond the
 *   range of doubles: a string of its exact text
 * - a key `__proto__`: kept as data, and all objects of the row are made without a prototype
 */
export function parseJson(text: string): RowValue {
  const scanned = scan(text);
  if (scanned.depth > maxJsonDepth) {
    return badInput(`expected at most ${maxJsonDepth} levels of nesting, found more`);
  }
  try {
    const value: unknown = JSON.parse(scanned.text);
    return { value: mayNamePrototype.test(text) ? withoutPrototypes(value) : value };
  } catch (error) {
    return badInput(`expected JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** `__proto__`, or an escape that may spell a part of it. */
const mayNamePrototype = /__proto__|\\u00[5-7]/i;

/** Finds the depth of nesting, and puts quotes around the numbers that a double can't hold. */
function scan(text: string): { depth: number; text: string } {
  let depth = 0;
  let deepest = 0;
  let rewritten = "";
  let copiedTo = 0;
  for (let index = 0; index < text.length && deepest <= maxJsonDepth;) {
    const character = text.charCodeAt(index);
    if (character === 0x22) {
      index = endOfString(text, index);
    } else if (character === 0x2d || isDigit(character)) {
      const end = endOfNumber(text, index);
      const number = text.slice(index, end);
      if (isBeyondDouble(number)) {
        rewritten += `${text.slice(copiedTo, index)}"${number}"`;
        copiedTo = end;
      }
      index = end;
    } else {
      if (character === 0x5b || character === 0x7b) deepest = Math.max(deepest, (depth += 1));
      else if (character === 0x5d || character === 0x7d) depth -= 1;
      index += 1;
    }
  }
  return { depth: deepest, text: copiedTo === 0 ? text : rewritten + text.slice(copiedTo) };
}

/** The index after the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let close = text.indexOf('"', start + 1);
  while (close !== -1 && isEscaped(text, close)) close = text.indexOf('"', close + 1);
  return close === -1 ? text.length : close + 1;
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(index - 1 - backslashes) === 0x5c) backslashes += 1;
  return backslashes % 2 === 1;
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (isNumberPart(text.charCodeAt(end))) end += 1;
  return end;
}

function isNumberPart(character: number): boolean {
  return (
    isDigit(character) ||
    character === 0x2e || // .
    character === 0x2d || // -
    character === 0x2b || // +
    character === 0x65 || // e
    character === 0x45 // E
  );
}

function isDigit(character: number): boolean {
  return character >= 0x30 && character <= 0x39;
}

const integer = /^-?(?:0|[1-9]\d*)$/;
const anyNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function isBeyondDouble(number: string): boolean {
  if (integer.test(number)) return number.length > 15 && String(Number(number)) !== number;
  return anyNumber.test(number) && !Number.isFinite(Number(number));
}

function withoutPrototypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) copy[key] = withoutPrototypes(item);
  return copy;
}
