import { createRequire } from "node:module";
import type { Tiktoken, TiktokenBPE } from "js-tiktoken/lite";

type Lite = { readonly Tiktoken: new (ranks: TiktokenBPE) => Tiktoken };

/** Letters, signs or white space in one piece, longer than any word. */
const longRun = /([\p{L}\p{M}]{64}|[^\s\p{L}\p{M}\p{N}]{64}|\s{64})/u;

let loaded: Tiktoken | null = null;

/**
 * The number of tokens of a text in o200k_base, the vocabulary of OpenAI's models since GPT-4o;
 * other models count a little differently. What looks like a special token (`<|endoftext|>`) is
 * text like any other.
 *
 * The first call loads the vocabulary, which takes about half a second. Runs of more than 64
 * letters or signs without a break are counted in pieces, since the time for a piece grows with the
 * square of its length.
 */
export function countTokens(text: string): number {
  loaded ??= loadVocabulary();
  const vocabulary = loaded;
  return text
    .split(longRun)
    .reduce((sum, piece) => sum + vocabulary.encode(piece, [], []).length, 0);
}

/** Loaded only where tokens are counted, and at once, so that counting needs no promise. */
function loadVocabulary(): Tiktoken {
  const require = createRequire(import.meta.url);
  const { Tiktoken } = require("js-tiktoken/lite") as Lite;
  return new Tiktoken(require("js-tiktoken/ranks/o200k_base") as TiktokenBPE);
}
