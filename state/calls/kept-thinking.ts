import type { CallRecord } from "./call-record.ts";

/**
 * An answer with its thinking before it, in the marks that the chat templates of Qwen3, DeepSeek-R1
 * and others expect in the text of an assistant's message.
 */
export function withThinking(thinking: string, answer: string): string {
  return `<think>\n${thinking}\n</think>\n\n${answer}`;
}

const keptThinking = /^<think>\n[\s\S]*?\n<\/think>\n\n/;

/** An answer without the thinking that `withThinking` put before it. */
export function withoutKeptThinking(text: string): string {
  return text.replace(keptThinking, "");
}

/**
 * A text as data files hold it: with the thinking of the call that wrote it, where its agent keeps
 * that for the data alone (`thinking: score-without`).
 */
export function dataText(text: string, transcript: readonly CallRecord[]): string {
  const written = transcript.find((call) => call.keepsThinking === true && call.content === text);
  return written?.thinking === undefined ? text : withThinking(written.thinking, text);
}
