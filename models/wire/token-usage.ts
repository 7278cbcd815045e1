import type { TokenUsage } from "../../state/calls/call-record.ts";

/** The counts of an answer as its provider states them; null or undefined where it states none. */
export type StatedUsage = {
  readonly in: number | null | undefined;
  /** The output, without thoughts where the provider counts them apart. */
  readonly out: number | null | undefined;
  /** Thoughts that are not part of `out`. */
  readonly thoughts?: number | null | undefined;
  /** Input and output together. */
  readonly total?: number | null | undefined;
};

/**
 * The tokens that an answer is billed for; null where a count is missing. Some providers state the
 * thinking in the total alone, so the output is the larger of its own count and of what the total
 * leaves for it.
 */
export function tokenUsage({ in: input, out, thoughts, total }: StatedUsage): TokenUsage | null {
  if (input == null || out == null) return null;
  return { in: input, out: Math.max(out + (thoughts ?? 0), (total ?? 0) - input) };
}

/**
 * A token of any vocabulary in use has fewer letters than this, except in runs of one
 * letter.
 */
const mostLettersPerToken = 24;

/**
 * Drops a count that can't be right: no request has 0 tokens, and no answer has fewer than its
 * letters need. Proxies that don't count send such numbers, and what they cost is unknown.
 */
export function credibleUsage(tokens: TokenUsage | null, content: string): TokenUsage | null {
  if (tokens === null || tokens.in === 0) return null;
  const mostLetters = tokens.out * mostLettersPerToken;
  // Letters are counted only where a text is so long that it may hold too many.
  return mostLetters < content.length && mostLetters < letterCount(content) ? null : tokens;
}

function letterCount(text: string): number {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
}
