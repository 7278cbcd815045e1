import { describe, expect, it } from "vitest";
import { topology } from "../kinds/kinds.ts";

function complaintsAbout(settings: object): string {
  const agents = { generator: { model: "compatible:m", ...settings } };
  const { error } = topology.safeParse({ graph: "single", agents });
  return (error?.issues ?? [])
    .map(({ path, message }) => `${path.join(".")}: ${message}`)
    .join("\n");
}

describe("the settings of a request", () => {
  it("take whatever a server may know, at any depth", () => {
    const params = { top_p: 0.9, stop: ["a"], chat_template_kwargs: { deep: [{ on: null }] } };
    expect(complaintsAbout({ params, maxTokensField: "num_predict" })).toBe("");
    expect(complaintsAbout({ price: { in: 0, out: 1.25 } })).toBe("");
  });

  it.each([
    [{ temperature: 0.5 }, "temperature", "`temperature`"],
    [{ max_tokens: 5 }, "max_tokens", "`maxTokens`"],
    [{ max_completion_tokens: 5 }, "max_completion_tokens", "maxTokensField"],
    [{ n: 4 }, "n", "`samples`"],
    [{ model: "x" }, "model", "`model`"],
    [{ messages: [] }, "messages", "`prompt`"],
    [{ stream: true }, "stream", "never streamed"],
    [{ api_key: "x" }, "api_key", "environment variable"],
    [{ generationConfig: { temperature: 1 } }, "generationConfig.temperature", "`temperature`"],
  ])("refuse %j, and name the key instead", (params, key, instead) => {
    const complaint = complaintsAbout({ params });
    expect(complaint).toContain(`agents.generator.params.${key}: is not for params`);
    expect(complaint).toContain(instead);
  });

  it.each([
    { maxTokensField: "max tokens" },
    { maxTokensField: "messages" },
    { price: { in: 1 } },
    { price: { in: -1, out: 1 } },
    { price: 3 },
    { params: [1] },
    { params: "top_p=1" },
  ])("refuse %j", (settings) => {
    expect(complaintsAbout(settings)).not.toBe("");
  });
});
