import { createDraws } from "./seeded-draws.ts";

/** What a marked text is; a response carries a quality, the others a usefulness. */
export type MarkerKind = "response" | "feedback" | "advice" | "argument";

/** What a simulated text hides. */
export type Marking = {
  readonly kind: MarkerKind;
  /** Quality or usefulness, 0 to 1. */
  readonly value: number;
  /** 16 bits that tell its writer's name (`authorCode`). */
  readonly author: number;
};

const kinds: readonly MarkerKind[] = ["response", "feedback", "advice", "argument"];
const steps = 0xffff;
const codeLength = 16;

/**
 * Writes a marking as `[simulated response q7f3a…]`: 16 hexadecimal digits of which four are the
 * nonce, four the value and four the author, both masked by a hash of the nonce, and four a check.
 * Not a secret: it keeps a reader of the data, person or model, from taking the hidden quality for
 * a score. Values are rounded to 1/65535.
 *
 * @param nonce 16 bits.
 */
export function writeMarker({ kind, value, author }: Marking, nonce: number): string {
  const level = Math.round(Math.min(1, Math.max(0, value)) * steps);
  const mask = maskOf(kind, nonce);
  const check = checkOf(kind, nonce, level, author);
  const words = [nonce, level ^ (mask & 0xffff), author ^ (mask >>> 16), check];
  const code = words.map((word) => word.toString(16).padStart(4, "0")).join("");
  return `${opening(kind)}${code}]`;
}

/** The last valid marker of a kind in a text; null where there is none. */
export function lastMarker(text: string, kind: MarkerKind): Marking | null {
  const start = opening(kind);
  let at = text.lastIndexOf(start);
  while (at >= 0) {
    const marking = readCode(text, at + start.length, kind);
    if (marking !== null) return marking;
    at = at === 0 ? -1 : text.lastIndexOf(start, at - 1);
  }
  return null;
}

/** A name in 16 bits. */
export function authorCode(name: string): number {
  return createDraws(`author:${name}`).below(0x10000);
}

function opening(kind: MarkerKind): string {
  return `[simulated ${kind} q`;
}

function readCode(text: string, at: number, kind: MarkerKind): Marking | null {
  const code = text.slice(at, at + codeLength);
  if (!/^[0-9a-f]{16}$/.test(code) || text[at + codeLength] !== "]") return null;
  const [nonce, value, writer, check] = [0, 4, 8, 12].map((from) =>
    Number.parseInt(code.slice(from, from + 4), 16),
  ) as [number, number, number, number];
  const mask = maskOf(kind, nonce);
  const level = value ^ (mask & 0xffff);
  const author = writer ^ (mask >>> 16);
  if (check !== checkOf(kind, nonce, level, author)) return null;
  return { kind, value: level / steps, author };
}

function maskOf(kind: MarkerKind, nonce: number): number {
  return mix(nonce * 4 + kinds.indexOf(kind) + 1);
}

function checkOf(kind: MarkerKind, nonce: number, level: number, author: number): number {
  return mix(mix(maskOf(kind, nonce) ^ level) ^ author) & 0xffff;
}

/**
 * The finalizer of MurmurHash3 (Appleby, public domain): 32 bits to 32 bits, every bit of them on
 * every other.
 */
function mix(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
