import { describe, expect, it } from "vitest";
import { askScripted } from "../../tests/loopback/ask-speaker.ts";
import {
  claudeSpeaker,
  geminiSpeaker,
  openAiSpeaker,
  type Speaker,
} from "../../tests/loopback/speakers.ts";
import type { ModelSettings } from "../model-settings.ts";
import { requestHash } from "../gate/request/request-hash.ts";

async function bodyOf(speaker: Speaker, settings: ModelSettings, spec?: string) {
  const options = spec === undefined ? { settings } : { settings, spec };
  const { record, server } = await askScripted(speaker, () => speaker.answer(), options);
  expect(record.outcome).toBe("answered");
  return server.requests[0]?.body;
}

describe("params", () => {
  const params = {
    top_p: 0.9,
    seed: 7,
    // The client has settings of this name, and sends none where it has no value.
    verbosity: "low",
    reasoning_effort: "high",
    chat_template_kwargs: { enable_thinking: false, extra: [1, { deep: null }] },
  };

  it.each([undefined, "compatible:gpt-5-mini", "compatible:o3"])(
    "go into a chat completion as they are (%s)",
    async (spec) => {
      const body = await bodyOf(openAiSpeaker, { params, maxTokens: 50 }, spec);
      expect(body).toMatchObject(params);
      expect(body).toMatchObject({ stream: false });
    },
  );

  it("go into a request to Claude, a stop under its own name", async () => {
    const given = { top_k: 5, thinking: { type: "enabled", budget_tokens: 2000 }, stop: "END" };
    const body = await bodyOf(claudeSpeaker, { params: given, maxTokens: 3000 });
    expect(body).toMatchObject({
      top_k: 5,
      thinking: { type: "enabled", budget_tokens: 2000 },
      stop_sequences: ["END"],
      max_tokens: 3000,
    });
    expect(body).not.toHaveProperty("stop");
  });

  it("go into Gemini's generationConfig, but for those that stand beside it", async () => {
    const safetySettings = [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_ONLY_HIGH" }];
    const given = { top_p: 0.9, seed: 7, stop: ["END"], safetySettings };
    const thinkingConfig = { thinkingBudget: 0 };
    const body = await bodyOf(geminiSpeaker, {
      params: { ...given, generationConfig: { thinkingConfig } },
      temperature: 0,
      maxTokens: 50,
    });
    expect(body).toMatchObject({
      safetySettings,
      generationConfig: {
        temperature: 0,
        maxOutputTokens: 50,
        topP: 0.9,
        seed: 7,
        stopSequences: ["END"],
        thinkingConfig,
      },
    });
  });

  it("make another question of another value, and none of another order of keys", () => {
    const hashOf = (settings: ModelSettings) =>
      requestHash({ messages: [] }, { spec: "openai:m", settings, server: undefined });
    const hash = hashOf({ params });
    const entries = Object.entries(params);
    expect(hashOf({ params: Object.fromEntries(entries.toReversed()) })).toBe(hash);
    const deep = { ...params, chat_template_kwargs: { enable_thinking: true } };
    const others = [{}, { params: deep }, { params: { ...params, seed: 8 } }].map(hashOf);
    expect(new Set([hash, ...others]).size).toBe(4);
  });
});

describe("maxTokensField", () => {
  it.each([
    [openAiSpeaker, "compatible:alias", "max_completion_tokens", "max_tokens"],
    [openAiSpeaker, "compatible:gpt-5", "max_tokens", "max_completion_tokens"],
    [openAiSpeaker, "compatible:alias", "num_predict", "max_tokens"],
    [openAiSpeaker, "compatible:alias", "max_tokens", "max_completion_tokens"],
    [claudeSpeaker, undefined, "max_output", "max_tokens"],
  ])("holds the longest answer: %s", async (speaker, spec, maxTokensField, usual) => {
    const body = await bodyOf(speaker, { maxTokens: 50, maxTokensField }, spec);
    expect(body).toHaveProperty(maxTokensField, 50);
    expect(body).not.toHaveProperty(usual);
  });

  it("sends nothing where there is no longest answer", async () => {
    const body = await bodyOf(openAiSpeaker, { maxTokensField: "max_completion_tokens" });
    expect(Object.keys(body as object).join()).not.toContain("max_");
  });
});
