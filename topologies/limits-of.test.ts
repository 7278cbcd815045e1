import { describe, expect, it } from "vitest";
import { limitsOf, withoutLimits } from "./limits-of.ts";
import { topology } from "./kinds/kinds.ts";

const judge = {
  graph: "judge",
  limits: { openai: { requestsPerMinute: 60 }, "openai:gpt-4o": { concurrency: 2 } },
  agents: { judge: { model: "openai:gpt-4o" } },
};
const single = { graph: "single", agents: { generator: { model: "sim:one" } }, evaluator: judge };

describe("limits", () => {
  it("of an evaluator count too, and the outer ones go before", () => {
    const limits = { openai: { tokensPerMinute: 1_000 } };
    expect(limitsOf(topology.parse({ ...single, limits }))).toEqual({
      openai: { tokensPerMinute: 1_000 },
      "openai:gpt-4o": { concurrency: 2 },
    });
  });

  it.each([
    ["an unknown key", { openai: { requestsPerSecond: 1 } }],
    ["an unknown provider", { opanai: { concurrency: 1 } }],
    ["no positive number", { openai: { requestsPerMinute: 0 } }],
  ])("with %s are refused", (_, limits) => {
    expect(topology.safeParse({ ...single, limits }).success).toBe(false);
  });

  it("are no part of what a run is over", () => {
    const text = JSON.stringify(withoutLimits(topology.parse(single)));
    expect(text).not.toContain("limits");
    expect(text).toContain('"graph":"judge"');
  });
});
