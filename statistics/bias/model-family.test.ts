import { describe, expect, it } from "vitest";
import { modelFamily } from "./model-family.ts";

describe("modelFamily", () => {
  it.each([
    ["gpt-4o", "openai"],
    ["openai:gpt-4o-mini-2024-07-18", "openai"],
    ["chatgpt", "openai"],
    ["o1-mini", "openai"],
    ["text-davinci-003", "openai"],
    ["google:gemma-2-27b-it", "google"],
    ["gemma2:9b", "google"],
    ["openrouter:google/gemini-2.0-flash", "google"],
    ["together:meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo", "meta"],
    ["ollama:llama3.1:8b", "meta"],
    ["vicuna-13b", "meta"],
    ["mistralai/Mixtral-8x7B-Instruct-v0.1", "mistral"],
    ["Qwen/Qwen2.5-72B-Instruct", "alibaba"],
    ["anthropic:claude-3-5-sonnet", "anthropic"],
    ["deepseek-r1-distill-llama-70b", "deepseek"],
    ["phi3:mini", "microsoft"],
    ["EleutherAI/gpt-neox-20b", "eleutherai"],
    ["replay:recordings/combined-10/gemma-2-9b.jsonl", "google"],
    ["sim:llama?skill=0.8", "sim:llama"],
    ["sim:Willow", "sim:willow"],
  ])("knows %s as %s", (model, family) => {
    expect(modelFamily(model)).toBe(family);
  });

  it.each(["", "mystery-7b", "google:mystery", "phindle-34b", "replay:llama/answers.jsonl"])(
    "does not guess for %j",
    (model) => {
      expect(modelFamily(model)).toBeNull();
    },
  );
});
