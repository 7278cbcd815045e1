import type { TokenUsage } from "../../state/calls/call-record.ts";
import type { Outcome } from "../../state/calls/outcome.ts";
import { splitThinking } from "../thinking/split-thinking.ts";
import { oneLine } from "./one-line.ts";

/** An answer as read: whether it is a good one, its text, why it ended and what it cost. */
export type ReadAnswer = {
  readonly outcome: Outcome;
  readonly content: string;
  readonly finish: string | null;
  readonly tokens: TokenUsage | null;
  /** The model's thinking, which is no part of `content`; absent where there is none. */
  readonly thinking?: string;
  /** The model's name in the answer, where it names one. */
  readonly answeredBy?: string;
  readonly detail?: string;
};

export type EndOptions = {
  /** The model's name in the response. */
  readonly model?: string | null;
  /** Thinking that came in a field of its own. */
  readonly thoughts?: string;
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
  { model = null, thoughts = "" }: EndOptions = {},
): ReadAnswer {
  const { content, thinking: marked } = withoutThinking(text, model);
  const thinking = [thoughts, marked].filter((part) => part !== "").join("\n\n");
  const reason = finish?.toLowerCase() ?? null;
  const read = { content, finish, tokens, ...(thinking === "" ? {} : { thinking }) };
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
  if (content.trim() === "") {
    const detail = thinking === "" ? "an empty answer" : "thinking without an answer";
    return { ...read, outcome: "empty", detail };
  }
  return { ...read, outcome: "answered" };
}

/**
 * Models whose chat template opens the thinking itself, so that only its end arrives. From any
 * other model an end mark may be text, and what precedes it the answer's own words.
 */
const templateOpensThinking =
  /deepseek-?(?:r1|reasoner)|qwq|thinking|reasoning|nemotron|magistral/i;

function withoutThinking(text: string, model: string | null) {
  const { thinking, answer, marks } = splitThinking(text);
  const isThinking =
    marks !== "none" && (marks !== "end-only" || templateOpensThinking.test(model ?? ""));
  return isThinking ? { content: answer, thinking } : { content: text, thinking: "" };
}

/** The reading of a body that holds no answer. */
export function badResponse(detail: string, tokens: TokenUsage | null): ReadAnswer {
  return { outcome: "bad_response", content: "", finish: null, tokens, detail };
}
