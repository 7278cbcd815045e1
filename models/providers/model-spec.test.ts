import { describe, expect, it } from "vitest";
import { parseModelSpec } from "./model-spec.ts";
import { providerNames } from "./provider-table.ts";

describe("parseModelSpec", () => {
  it.each([
    ["openai:gpt-4o", "openai", "gpt-4o"],
    ["ollama:gemma2:9b", "ollama", "gemma2:9b"],
    ["together:meta-llama/Llama-3.1-8B:free", "together", "meta-llama/Llama-3.1-8B:free"],
    ["replay:a b/c:d.jsonl", "replay", "a b/c:d.jsonl"],
    ["sim:mock?skill=0.8&seed=1", "sim", "mock?skill=0.8&seed=1"],
  ])("takes %s apart at the first colon", (text, provider, model) => {
    expect(parseModelSpec(text)).toEqual({ provider, model, text });
  });

  it.each(["gpt-4o", "openia:gpt-4o", ":gpt-4o", "", "toString:m", "OpenAI:gpt-4o"])(
    "names the providers there are when it does not know the one of %j",
    (text) => {
      expect(() => parseModelSpec(text)).toThrowError(
        expect.objectContaining({
          code: "bad_usage",
          message: expect.stringContaining(providerNames.join(", ")),
        }),
      );
    },
  );

  it.each(["openai", "openai:", "openai: "])("wants a model after the provider of %j", (text) => {
    expect(() => parseModelSpec(text)).toThrowError(
      expect.objectContaining({
        code: "bad_usage",
        message: expect.stringContaining("openai:NAME"),
      }),
    );
  });
});
