import * as z from "zod";
import type { TokenUsage } from "../../state/call-record.ts";
import type { Outcome } from "../../state/outcome.ts";
import { parseBody, type Body } from "./body.ts";
import { oneLine } from "./one-line.ts";
import type { RawAnswer } from "./raw-answer.ts";

/** An answer as read: whether it is a good one, its text, why it ended and what it cost. */
export type ReadAnswer = {
  readonly outcome: Outcome;
  readonly content: string;
  readonly finish: string | null;
  readonly tokens: TokenUsage | null;
  readonly detail?: string;
};

/** A raw answer and its reading, made once and handed along. */
export type ParsedAnswer = {
  readonly raw: RawAnswer;
  readonly read: ReadAnswer;
  /**
   * Whether the body can't be a model's output, not even a bad one: no JSON, or JSON without
   * choices, candidates or a count. A wrong address, the page of a gateway, the greeting of a server.
   */
  readonly isForeign: boolean;
};

/** Reads a raw answer. */
export function readAnswer(raw: RawAnswer): ReadAnswer {
  return parseAnswer(raw).read;
}

/** Parses and reads a raw answer; never throws, and never takes half an answer for a whole one. */
export function parseAnswer(raw: RawAnswer, body?: Body): ParsedAnswer {
  if (raw.kind === "in-process") return { raw, read: readInProcess(raw), isForeign: false };
  const { json } = body ?? parseBody(raw.body);
  const shown = oneLine(raw.body, 120);
  if (json === undefined) {
    const read = badResponse(`no JSON in the answer: ${shown}`, null);
    return { raw, read, isForeign: true };
  }
  const read = raw.dialect === "google" ? readGoogle(json, shown) : readOpenAi(json, shown);
  return { raw, read, isForeign: read.outcome === "bad_response" && isForeign(json) };
}

const namesOfOutput = ["choices", "candidates", "promptFeedback", "usage", "usageMetadata"];

function isForeign(json: unknown): boolean {
  if (typeof json !== "object" || json === null) return true;
  const fields = json as Readonly<Record<string, unknown>>;
  return !namesOfOutput.some((name) => fields[name] != null);
}

function readInProcess(raw: Extract<RawAnswer, { kind: "in-process" }>): ReadAnswer {
  if (raw.failure !== undefined) {
    const { outcome, detail } = raw.failure;
    return { outcome, detail, content: raw.content, finish: raw.finish, tokens: raw.tokens };
  }
  return judge(raw.content, raw.finish, raw.tokens);
}

const count = z.number().int().nonnegative().nullish();

const openAiBody = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z
          .object({
            content: z
              .union([z.string(), z.array(z.object({ text: z.string().nullish() }))])
              .nullish(),
            refusal: z.string().nullish(),
          })
          .nullish(),
      }),
    )
    .catch([]),
  usage: z.object({ prompt_tokens: count, completion_tokens: count }).nullish().catch(null),
});

function readOpenAi(body: unknown, shown: string): ReadAnswer {
  const parsed = openAiBody.safeParse(body);
  const usage = parsed.data?.usage;
  const tokens = tokenUsage(usage?.prompt_tokens, usage?.completion_tokens);
  const choice = parsed.data?.choices[0];
  if (choice === undefined) return badResponse(`no choice in ${shown}`, tokens);
  const content = choice.message?.content ?? "";
  const text = typeof content === "string" ? content : content.map((p) => p.text ?? "").join("");
  const finish = choice.finish_reason ?? null;
  const refusal = choice.message?.refusal;
  if (typeof refusal === "string" && refusal !== "") {
    return { outcome: "refused", content: text, finish, tokens, detail: oneLine(refusal, 300) };
  }
  return judge(text, finish, tokens);
}

const googleBody = z.object({
  candidates: z
    .array(
      z.object({
        finishReason: z.string().nullish(),
        content: z
          .object({
            parts: z
              .array(z.object({ text: z.string().nullish(), thought: z.boolean().nullish() }))
              .nullish(),
          })
          .nullish(),
      }),
    )
    .nullish()
    .catch(null),
  promptFeedback: z.object({ blockReason: z.string().nullish() }).nullish().catch(null),
  usageMetadata: z
    .object({ promptTokenCount: count, candidatesTokenCount: count, thoughtsTokenCount: count })
    .nullish()
    .catch(null),
});

function readGoogle(body: unknown, shown: string): ReadAnswer {
  const { candidates, promptFeedback, usageMetadata } = googleBody.safeParse(body).data ?? {};
  const candidate = candidates?.[0];
  const text = (candidate?.content?.parts ?? [])
    .filter((part) => part.thought !== true)
    .map((part) => part.text ?? "")
    .join("");
  const tokens = tokenUsage(
    usageMetadata?.promptTokenCount,
    // An answer without a word, blocked or all thought, carries no count of its own; its input was counted.
    usageMetadata?.candidatesTokenCount ?? (text === "" ? 0 : null),
    usageMetadata?.thoughtsTokenCount ?? 0,
  );
  const finish = promptFeedback?.blockReason ?? null;
  if (finish !== null) {
    const detail = `prompt blocked: ${oneLine(finish, 100)}`;
    return { outcome: "filtered", content: "", finish, tokens, detail };
  }
  if (candidate === undefined) return badResponse(`no candidate in ${shown}`, tokens);
  return judge(text, candidate.finishReason ?? null, tokens);
}

const whole = new Set(["stop", "eos", "eos_token", "end_turn", "stop_sequence"]);
const cut = new Set(["length", "max_tokens", "model_length"]);
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

/** The gate at the end of an answer: only an explicit, ordinary end makes it a good one. */
function judge(text: string, finish: string | null, tokens: TokenUsage | null): ReadAnswer {
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
 * Local reasoning models put their thoughts before the answer; they are kept in the journal, not in the data. Where the
 * chat template itself opens the thoughts (DeepSeek-R1, QwQ), only their end arrives, on a line of its own or at the end of
 * one, with the answer after it.
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

function tokenUsage(
  input: number | null | undefined,
  output: number | null | undefined,
  thoughts = 0,
): TokenUsage | null {
  if (input == null || output == null) return null;
  return { in: input, out: output + thoughts };
}

function badResponse(detail: string, tokens: TokenUsage | null): ReadAnswer {
  return { outcome: "bad_response", content: "", finish: null, tokens, detail };
}
