import { claudeSpeaker, geminiSpeaker, openAiSpeaker, type Speaker } from "../loopback/speakers.ts";
import { anthropicDialect } from "./anthropic-dialect.ts";
import type { BatchDialect } from "./batch-store.ts";
import { googleDialect } from "./google-dialect.ts";
import { openAiDialect } from "./openai-dialect.ts";

/** A provider that takes batches, as its server speaks and as it is reached. */
export type ServedProvider = {
  readonly name: string;
  readonly spec: string;
  readonly dialect: BatchDialect;
  readonly speaker: Speaker;
  readonly environment: (url: string) => Record<string, string>;
};

export const servedKey = "test-key-0123456789";

export const servedProviders: readonly ServedProvider[] = [
  {
    name: "openai",
    spec: "openai:gpt-test",
    dialect: openAiDialect,
    speaker: openAiSpeaker,
    environment: (url) => ({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: servedKey }),
  },
  {
    name: "groq",
    spec: "groq:llama-test",
    dialect: openAiDialect,
    speaker: openAiSpeaker,
    environment: (url) => ({ GROQ_BASE_URL: `${url}/v1`, GROQ_API_KEY: servedKey }),
  },
  {
    name: "anthropic",
    spec: "anthropic:claude-test",
    dialect: anthropicDialect,
    speaker: claudeSpeaker,
    environment: (url) => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: servedKey }),
  },
  {
    name: "google",
    spec: "google:gemini-test",
    dialect: googleDialect,
    speaker: geminiSpeaker,
    environment: (url) => ({ GOOGLE_BASE_URL: url, GOOGLE_API_KEY: servedKey }),
  },
];
