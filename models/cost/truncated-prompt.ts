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
  const isFar = (letters: number) =>
    letters >= leastLetters && letters / promptTokens > mostLettersPerToken;
  // White space is squeezed only where the text with all of it is far enough.
  if (!isFar(lettersIn(messages, (text) => text))) return false;
  return isFar(lettersIn(messages, (text) => text.replaceAll(/\s+/g, " ")));
}

function lettersIn(messages: readonly Message[], read: (text: string) => string): number {
  return messages.reduce((sum, { content }) => sum + read(content).length, 0);
}
