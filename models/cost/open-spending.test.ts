import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { openSpending } from "./open-spending.ts";
import { defaultLongestAnswer } from "./worst-case-tokens.ts";

describe("openSpending", () => {
  it("refuses models without a price under a budget alone, each once", () => {
    const models = ["compatible:a", "openai:gpt-4o", "compatible:a", "sim:oak"].map((model) => ({
      name: "judge",
      model,
    }));
    expect(() => openSpending({}).refuseUnpriced(models)).not.toThrow();
    expect(() => openSpending({ budgetUsd: 1 }).refuseUnpriced(models)).toThrow(
      /^--budget: compatible:a has no price\. .*--prices.*, or leave --budget out\.$/,
    );
    const refusal = { at: "settings.models", remedy: "Take another model." };
    expect(() => openSpending({ budgetUsd: 1, refusal }).refuseUnpriced(models)).toThrow(
      /^settings\.models: compatible:a has no price\. Take another model\.$/,
    );
  });

  it("bounds the answers of models that cost something, under a budget alone", () => {
    const bound = openSpending({ budgetUsd: 1 }).longestAnswerOf;
    expect(bound("openai:gpt-4o")).toBe(defaultLongestAnswer);
    expect(bound("ollama:gemma2:9b")).toBeUndefined();
    expect(openSpending({}).longestAnswerOf("openai:gpt-4o")).toBeUndefined();
  });

  it("opens a budget over the prices of a given table, less what was spent", () => {
    const table = '"compatible:a": { in: 1, out: 2 }\n';
    const prices = join(temporaryDirectory({ "prices.yaml": table }), "prices.yaml");
    const { openBudget, priceOf } = openSpending({ budgetUsd: 3, prices });
    expect(priceOf("compatible:a")).toEqual({ in: 1, out: 2 });
    expect(openBudget().leftUsd).toBe(3);
    expect(openBudget({ usd: 1, unknownUsd: 0.5, unpriced: 0 }).leftUsd).toBe(1.5);
    expect(openSpending({ prices }).openBudget().leftUsd).toBeNull();
  });
});
