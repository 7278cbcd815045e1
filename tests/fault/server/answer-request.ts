import { createHash } from "node:crypto";
import type { Reply } from "../../loopback/reply.ts";
import {
  geminiSpeaker,
  openAiSpeaker,
  type AnswerParts,
  type Speaker,
} from "../../loopback/speakers.ts";
import { answerText, formOf, type AskedMessages } from "./answer-text.ts";
import { faults, type FaultName } from "./faults.ts";
import { seeded, seededBetween } from "./seeded.ts";
import type { AnswerForm, FaultRule, ServerSettings } from "./server-settings.ts";

/** A request to a model, as read. */
export type Question = {
  readonly speaker: Speaker;
  /** SHA-256 of path and body. */
  readonly key: string;
  readonly model: string;
  readonly messages: AskedMessages;
  /** The longest answer it asks for, in tokens. */
  readonly longestAnswer: number | null;
  /** The row that a prompt names by `#row-17#`. */
  readonly row: number | null;
  readonly form: AnswerForm;
};

/** A reply with what the log says of it. */
export type Answered = {
  readonly reply: Reply;
  readonly faultId: FaultName | null;
  readonly generated: boolean;
  readonly usage: { readonly in: number; readonly out: number } | null;
  readonly heldMs: number;
};

/** Reads a request of either language; null for what is none of a model. */
export function readQuestion(path: string, body: string): Question | null {
  const speaker = speakerOf(path);
  const parsed = parseJson(body);
  if (speaker === null || parsed === null) return null;
  const messages = messagesIn(parsed);
  const text = messages.map(({ content }) => content).join("\n");
  const row = /#row-(\d+)#/.exec(text)?.[1];
  return {
    speaker,
    key: createHash("sha256").update(`${path}\n${body}`).digest("hex"),
    model: parsed.model ?? /models\/([^:?]+):/.exec(path)?.[1] ?? "",
    messages,
    longestAnswer:
      parsed.max_tokens ??
      parsed.max_completion_tokens ??
      parsed.generationConfig?.maxOutputTokens ??
      null,
    row: row === undefined ? null : Number(row),
    form: formOf(messages),
  };
}

/**
 * The fault that befalls a send, by the first rule whose share it falls into: a function of seed,
 * key and attempt.
 */
export function faultOf(
  question: Pick<Question, "key" | "model" | "row" | "form">,
  attempt: number,
  { seed, faults: rules }: Pick<ServerSettings, "seed" | "faults">,
): FaultRule | null {
  const drawn = seeded(seed, question.key, attempt, "fault");
  let share = 0;
  for (const rule of rules) {
    if (!isAbout(rule, question, attempt)) continue;
    share += rule.share ?? 1;
    if (drawn < share) return rule;
  }
  return null;
}

/** What is said to a request; `fault` null for a good answer. */
export function answerQuestion(
  question: Question,
  attempt: number,
  fault: FaultRule | null,
  settings: ServerSettings,
  sentKey = "",
): Answered {
  const { speaker, key } = question;
  const text = answerText(question.messages, key, settings);
  const usage = usageOf(question, text, settings);
  const told = settings.tellsUsage ? usage : null;
  const answer = (parts: AnswerParts = {}) =>
    speaker.answer({ content: text, usage: told, ...parts });
  const { model } = question;
  const delayMs = seededBetween(settings.latencyMs, settings.seed, key, attempt, "latency");
  if (fault === null) {
    return { reply: { ...answer(), delayMs }, faultId: null, generated: true, usage, heldMs: 0 };
  }
  const waitMs = fault.waitMs ?? 100;
  const request = { speaker, model, answer, text, waitMs, sentKey };
  const made = faults[fault.fault](request);
  return {
    reply: { ...made.reply, delayMs },
    faultId: fault.fault,
    generated: made.generated,
    usage: made.generated ? usage : null,
    heldMs: ("heldMs" in made ? made.heldMs : undefined) ?? 0,
  };
}

function isAbout(
  rule: FaultRule,
  { model, row, form }: Pick<Question, "model" | "row" | "form">,
  attempt: number,
): boolean {
  if (rule.attempts?.includes(attempt) === false) return false;
  if (rule.model !== undefined && !model.includes(rule.model)) return false;
  if (rule.form !== undefined && form !== rule.form) return false;
  return rule.rows === undefined || (row !== null && rule.rows.includes(row));
}

function speakerOf(path: string): Speaker | null {
  if (path.endsWith("/chat/completions")) return openAiSpeaker;
  return /:generateContent(?:\?|$)/.test(path) ? geminiSpeaker : null;
}

/** What both languages may hold. */
type Asked = {
  readonly model?: string;
  readonly messages?: readonly {
    readonly role: string;
    readonly content: string | readonly Part[];
  }[];
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly contents?: readonly { readonly role?: string; readonly parts: readonly Part[] }[];
  readonly systemInstruction?: { readonly parts: readonly Part[] };
  readonly generationConfig?: { readonly maxOutputTokens?: number };
};

type Part = { readonly text?: string };

function messagesIn({ messages = [], contents = [], systemInstruction }: Asked): AskedMessages {
  const system = systemInstruction === undefined ? [] : [{ role: "system", ...systemInstruction }];
  return [
    ...messages.map(({ role, content }) => ({ role, content: textOf(content) })),
    ...[...system, ...contents].map(({ role = "user", parts }) => ({
      role,
      content: textOf(parts),
    })),
  ];
}

function textOf(content: string | readonly Part[]): string {
  return typeof content === "string" ? content : content.map(({ text = "" }) => text).join("");
}

function usageOf({ messages, longestAnswer }: Question, text: string, { count }: ServerSettings) {
  const bytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  if (count === "most") return { in: bytes + 4 * messages.length + 20, out: longestAnswer ?? 300 };
  const out = Math.ceil(Buffer.byteLength(text) / 4);
  return {
    in: Math.ceil(bytes / 4) + 4 * messages.length,
    out: Math.min(out, longestAnswer ?? out),
  };
}

function parseJson(text: string): Asked | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" ? parsed : null;
  } catch {
    return null;
  }
}
