import { describe, expect, it } from "vitest";
import { isFree, isInProcess, noModel, parseModelSpec } from "./model-spec.ts";
import { providerNames } from "./providers.ts";

describe("parseModelSpec", () => {
  it.each([
    ["openai:gpt-4o", "openai", "gpt-4o"],
    ["ollama:gemma2:9b", "ollama", "gemma2:9b"],
    ["together:meta-llama/Llama-3.1-8B:free", "together", "meta-llama/Llama-3.1-8B:free"],
    ["replay:a b/c:d.jsonl", "replay", "a b/c:d.jsonl"],
    ["sim:mock?skill=0.8&seed=1", "sim", "mock?skill=0.8&seed=1"],
  ])("takes %s apart at the first colon", (text, provider, model) => {
    expect(parseModelSpec(text)).toMatchObject({ provider: { name: provider }, model, text });
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

describe("a model", () => {
  it.each([
    ["sim:oak", { inProcess: true, free: true }],
    ["replay:a.jsonl", { inProcess: true, free: true }],
    [noModel, { inProcess: true, free: true }],
    ["ollama:gemma2:9b", { inProcess: false, free: true }],
    ["openai:gpt-4o", { inProcess: false, free: false }],
    ["unknown:a", { inProcess: false, free: false }],
    ["ollama", { inProcess: false, free: false }],
  ])("%s is told in this process, or free, by its provider", (spec, expected) => {
    expect({ inProcess: isInProcess(spec), free: isFree(spec) }).toEqual(expected);
  });
});

describe("a spec with an unknown provider", () => {
  it.each([
    ["gpt-4o-mini", "Did you mean openai:gpt-4o-mini?"],
    ["gemma2:9b", "Did you mean google:gemma2:9b?"],
    ["opneai:gpt-4o", "Did you mean openai:gpt-4o?"],
    ["${MODEL}", "Variables are not replaced here"],
  ])("says what was probably meant: %s", (text, hint) => {
    expect(() => parseModelSpec(text)).toThrow(hint);
  });
});
