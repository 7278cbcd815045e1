import { describe, expect, it } from "vitest";
import { otherModel } from "./other-model.ts";

describe("otherModel", () => {
  it.each([
    ["openai:gpt-4o", "gpt-4o"],
    ["openai:gpt-4o", "gpt-4o-2024-08-06"],
    ["openai:gpt-4", "gpt-4-0613"],
    ["openai:gpt-3.5-turbo", "gpt-3.5-turbo-0125"],
    ["openai:gpt-4o-2024-08-06", "gpt-4o"],
    ["anthropic:claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022"],
    ["anthropic:claude-sonnet-4-0", "claude-sonnet-4-0"],
    ["bedrock:anthropic.claude-3-5-sonnet-v2", "anthropic.claude-3-5-sonnet-v2:0"],
    ["google:gemini-1.5-pro", "gemini-1.5-pro-002"],
    ["google:gemini-2.5-flash", "models/gemini-2.5-flash-preview-05-20"],
    ["google:gemini-flash-latest", "gemini-2.5-flash"],
    ["vertex:google/gemini-2.0-flash", "google/gemini-2.0-flash-001"],
    ["together:meta-llama/Llama-3.1-8B", "meta-llama/llama-3.1-8b"],
    ["openrouter:deepseek/deepseek-chat:free", "deepseek/deepseek-chat"],
    ["mistral:mistral-large-latest", "mistral-large-2411"],
    ["ollama:gemma2", "gemma2:latest"],
    ["compatible:qwen3-8b", "/models/Qwen3-8B.gguf"],
    ["openai:gpt-4o", ""],
    ["openai:gpt-4o", null],
  ])("takes %s answered as %s for the same model", (spec, answered) => {
    expect(otherModel(spec, answered)).toBeUndefined();
  });

  it.each([
    ["openai:gpt-4o", "cheap-model-1b"],
    ["openai:gpt-4o", "gpt-4o-mini"],
    ["openai:gpt-4o", "gpt-4o-mini-2024-07-18"],
    ["openai:gpt-4o-2024-08-06", "gpt-4o-2024-05-13"],
    ["openai:gpt-4", "gpt-4.1"],
    ["anthropic:claude-3-opus-20240229", "claude-3-haiku-20240307"],
    ["google:gemini-2.5-pro", "gemini-2.5-flash"],
    ["google:gemini-flash-latest", "gemini-2.5-flash-lite"],
    ["ollama:llama3:70b", "llama3:8b"],
    ["together:meta-llama/Llama-3.1-70B", "meta-llama/Llama-3.1-8B"],
    ["openrouter:openrouter/auto", "openai/gpt-4o"],
    ["azure:my-deployment", "gpt-4o-2024-08-06"],
  ])("tells %s from %s", (spec, answered) => {
    expect(otherModel(spec, answered)).toBe(answered);
  });
});
