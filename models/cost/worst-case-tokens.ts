import type { Message } from "../../state/message.ts";
import type { Endpoint } from "../endpoint.ts";

/** The tokens that a call can cost at most. */
export type TokenBound = { readonly in: number; readonly out: number };

/**
 * The longest answer, in tokens, that an agent without `maxTokens` is asked for under a budget:
 * several times what reviews and verdicts take, and what one answer can cost is known.
 */
export const defaultLongestAnswer = 4096;

/**
 * What a chat template puts around a message (role marks, separators), and around them all (a
 * preamble, a date).
 */
const tokensAroundMessage = 16;
const tokensAroundCall = 64;

/**
 * The most that a call can be billed for. Its input is at most its bytes: a token of a byte-level
 * BPE, or of SentencePiece with byte fallback, stands for one byte or more, so this holds for every
 * provider and every script, where counting with one provider's vocabulary times a factor does not
 * (one vocabulary's single token for a syllable is three bytes in another). It is some four times
 * too high for English, and what was set aside too much is free again after the answer.
 *
 * The answer's length is the one that the request states; where it states none, the default is used
 * for it.
 */
export function worstCaseTokens(
  messages: readonly Message[],
  { longestAnswer = defaultLongestAnswer }: Pick<Endpoint, "longestAnswer">,
): TokenBound {
  let tokens = tokensAroundCall;
  for (const { content } of messages) tokens += Buffer.byteLength(content) + tokensAroundMessage;
  return { in: tokens, out: longestAnswer };
}
