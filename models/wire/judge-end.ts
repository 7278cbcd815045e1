import type { TokenUsage } from "../../state/call-record.ts";
import type { Outcome } from "../../state/outcome.ts";
import { oneLine } from "./one-line.ts";

/** An answer as read: whether it is a good one, its text, why it ended and what it cost. */
export type ReadAnswer = {
  readonly outcome: Outcome;
  readonly content: string;
  readonly finish: string | null;
  readonly tokens: TokenUsage | null;
  readonly detail?: string;
};

const whole = new Set(["stop", "eos", "eos_token", "end_turn", "stop_sequence"]);
const cut = new Set(["length", "max_tokens", "model_length", "model_context_window_exceeded"]);
const filtered = new Set([
  "content_filter",
  "safety",
  "recitation",
  "blocklist",
  "prohibited_content",
  "spii",
  "language",
  "image_safety",
]);

/**
 * Judges an answer by its end: only an explicit, ordinary one makes it a good answer.
 *
 * @param finish The reason of the end in the words of any provider; null where the body gives none
 */
export function judgeEnd(
  text: string,
  finish: string | null,
  tokens: TokenUsage | null,
): ReadAnswer {
  const content = withoutThinking(text);
  const reason = finish?.toLowerCase() ?? null;
  const read = { content, finish, tokens };
  if (reason === null) {
    return { ...read, outcome: "bad_response", detail: "the answer does not say why it ended" };
  }
  if (cut.has(reason)) {
    return { ...read, outcome: "cut_at_length", detail: `the answer was cut (${finish})` };
  }
  if (filtered.has(reason)) {
    return { ...read, outcome: "filtered", detail: `the provider filtered the answer (${finish})` };
  }
  if (reason === "refusal") return { ...read, outcome: "refused", detail: "the model refused" };
  if (!whole.has(reason)) {
    return {
      ...read,
      outcome: "bad_response",
      detail: `unknown end of answer "${oneLine(finish ?? "", 60)}"`,
    };
  }
  if (content.trim() === "") return { ...read, outcome: "empty", detail: "an empty answer" };
  return { ...read, outcome: "answered" };
}

/**
 * Local reasoning models put their thoughts before the answer; they are kept in the journal, not in
 * the data. Where the chat template itself opens the thoughts (DeepSeek-R1, QwQ), only their end
 * arrives, on a line of its own or at the end of one, with the answer after it.
 */
function withoutThinking(text: string): string {
  if (/^\s*<think>/.test(text)) return text.replace(/^\s*<think>[\s\S]*?<\/think>\s*/, "");
  const at = text.indexOf(endOfThoughts);
  const before = text.slice(0, Math.max(0, at));
  const after = text.slice(at + endOfThoughts.length);
  if (at < 0 || !/^[ \t]*\r?\n/.test(after) || after.trim() === "") return text;
  // A text that speaks of the mark, in code or beside its opening one, is no thought.
  const isSpokenOf = before.includes("<think>") || isInsideCode(before);
  return isSpokenOf ? text : after.trimStart();
}

const endOfThoughts = "</think>";

/** Whether what follows stands in a fence, or between backticks on the same line. */
function isInsideCode(before: string): boolean {
  const fences = before.match(/^[ \t]*(?:```|~~~)/gm)?.length ?? 0;
  const ticks = before.slice(before.lastIndexOf("\n") + 1).split("`").length - 1;
  return fences % 2 === 1 || ticks % 2 === 1;
}

/** The token counts of an answer; null where one is missing. `thoughts` were billed with the output. */
export function tokenUsage(
  input: number | null | undefined,
  output: number | null | undefined,
  thoughts = 0,
): TokenUsage | null {
  if (input == null || output == null) return null;
  return { in: input, out: output + thoughts };
}

/** The reading of a body that holds no answer. */
export function badResponse(detail: string, tokens: TokenUsage | null): ReadAnswer {
  return { outcome: "bad_response", content: "", finish: null, tokens, detail };
}
