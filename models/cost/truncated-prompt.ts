import type { Message } from "../../state/message.ts";

/** Shorter prompts may have few tokens for other reasons, such as a long word that is one token. */
const leastLetters = 8_000;

/** Four letters a token is usual; no tokeniser reads ordinary text at sixteen. */
const mostLettersPerToken = 16;

/**
 * Whether the server's count of prompt tokens is far below any that the text can have, so that it
 * read only a part of the prompt: local servers with a short context cut it without a word.
 */
export function isPromptTruncated(messages: readonly Message[], promptTokens: number): boolean {
  if (promptTokens === 0) return false;
  const letters = messages.reduce(
    (sum, { content }) => sum + content.replaceAll(/\s+/g, " ").length,
    0,
  );
  return letters >= leastLetters && letters / promptTokens > mostLettersPerToken;
}
