import type { Reply } from "./reply.ts";

/** An answer in the words of a provider; what is not given is that of a good answer. */
export type AnswerParts = {
  readonly content?: string | null;
  /** Null leaves the reason out. */
  readonly finish?: string | null;
  /** Null leaves the counts out. */
  readonly usage?: { readonly in: number; readonly out: number } | null;
};

/** One of the protocols that models are asked in, as a provider speaks it and as we reach it. */
export type Speaker<Name extends string = "OpenAI" | "Gemini" | "Claude"> = {
  readonly name: Name;
  readonly spec: string;
  /** The environment in which `spec` is served at this address. */
  readonly environment: (url: string) => Record<string, string>;
  /** Finish reasons: a good end, and a cut. */
  readonly finish: { readonly whole: string; readonly cut: string; readonly filtered: string };
  readonly answer: (parts?: AnswerParts) => Reply;
  /** A refusal; `code` is the word for machines. */
  readonly refusal: (status: number, message: string, code?: string) => Reply;
};

const key = "test-key-0123456789";
const counted = { in: 11, out: 7 };

export const openAiSpeaker: Speaker<"OpenAI"> = {
  name: "OpenAI",
  spec: "compatible:test-model",
  environment: (url) => ({
    OPENAI_COMPATIBLE_BASE_URL: `${url}/v1`,
    OPENAI_COMPATIBLE_API_KEY: key,
  }),
  finish: { whole: "stop", cut: "length", filtered: "content_filter" },
  answer: ({ content = "An answer.", finish = "stop", usage = counted } = {}) => ({
    body: {
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1_700_000_000,
      model: "test-model",
      choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: finish }],
      usage: usage && {
        prompt_tokens: usage.in,
        completion_tokens: usage.out,
        total_tokens: usage.in + usage.out,
      },
    },
  }),
  refusal: (status, message, code) => ({
    status,
    body: { error: { message, type: code ?? "error", param: null, code: code ?? null } },
  }),
};

export const geminiSpeaker: Speaker<"Gemini"> = {
  name: "Gemini",
  spec: "google:gemini-test",
  environment: (url) => ({ GOOGLE_BASE_URL: url, GOOGLE_API_KEY: key }),
  finish: { whole: "STOP", cut: "MAX_TOKENS", filtered: "SAFETY" },
  answer: ({ content = "An answer.", finish = "STOP", usage = counted } = {}) => ({
    body: {
      candidates: [
        {
          content: { role: "model", ...(content === null ? {} : { parts: [{ text: content }] }) },
          ...(finish === null ? {} : { finishReason: finish }),
          index: 0,
        },
      ],
      ...(usage === null
        ? {}
        : {
            usageMetadata: {
              promptTokenCount: usage.in,
              candidatesTokenCount: usage.out,
              totalTokenCount: usage.in + usage.out,
            },
          }),
    },
  }),
  refusal: (status, message, code) => ({
    status,
    body: { error: { code: status, message, status: code ?? "UNKNOWN" } },
  }),
};

export const claudeSpeaker: Speaker<"Claude"> = {
  name: "Claude",
  spec: "anthropic:claude-test",
  environment: (url) => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key }),
  finish: { whole: "end_turn", cut: "max_tokens", filtered: "content_filter" },
  answer: ({ content = "An answer.", finish = "end_turn", usage = counted } = {}) => ({
    body: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude-test",
      content: content === null ? [] : [{ type: "text", text: content }],
      stop_reason: finish,
      stop_sequence: null,
      ...(usage === null ? {} : { usage: { input_tokens: usage.in, output_tokens: usage.out } }),
    },
  }),
  refusal: (status, message, code) => ({
    status,
    body: { type: "error", error: { type: code ?? "invalid_request_error", message } },
  }),
};

/** Those with a client of their own, which the suites of the gate run over. */
export const speakers = [openAiSpeaker, geminiSpeaker];

/** One a protocol. */
export const allSpeakers = [...speakers, claudeSpeaker];
