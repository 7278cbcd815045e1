import { describe, expect, it } from "vitest";
import type { TokenUsage } from "../../state/calls/call-record.ts";
import { parseAnswer } from "../providers/read-answer.ts";

function tokensOf(dialect: string, body: unknown): TokenUsage | null {
  const raw = { kind: "http", dialect, status: 200, body: JSON.stringify(body) } as const;
  return parseAnswer(raw).read.tokens;
}

/** The tokens of a chat completion. */
function completion(usage: unknown, content = "An answer of five words."): TokenUsage | null {
  const choices = [{ message: { content }, finish_reason: "stop" }];
  return tokensOf("openai", { choices, usage });
}

const words = "word ".repeat(2_000);

describe("the tokens of an answer", () => {
  it("include thinking that the total alone states", () => {
    const usage = { prompt_tokens: 20, completion_tokens: 50, total_tokens: 20_070 };
    expect(completion(usage)).toEqual({ in: 20, out: 20_050 });
    expect(completion({ ...usage, total_tokens: 1 })).toEqual({ in: 20, out: 50 });
    expect(completion({ ...usage, total_tokens: "many" })).toEqual({ in: 20, out: 50 });
    const candidates = [{ content: { parts: [{ text: "Yes." }] }, finishReason: "STOP" }];
    const usageMetadata = { promptTokenCount: 9, candidatesTokenCount: 2, totalTokenCount: 111 };
    expect(tokensOf("google", { candidates, usageMetadata })).toEqual({ in: 9, out: 102 });
  });

  it("include thinking that is stated beside the output, and count what is part of it once", () => {
    const thinking = (reasoning_tokens: number) => ({
      prompt_tokens: 20,
      completion_tokens: 50,
      completion_tokens_details: { reasoning_tokens },
    });
    expect(completion(thinking(40))).toEqual({ in: 20, out: 50 });
    expect(completion(thinking(4_000))).toEqual({ in: 20, out: 4_050 });
  });

  it.each([
    ["counts of 0", { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }],
    ["no tokens for a text", { prompt_tokens: 20, completion_tokens: 0 }],
    ["no tokens for a request", { prompt_tokens: 0, completion_tokens: 3_000 }],
    ["fewer tokens than the letters need", { prompt_tokens: 20, completion_tokens: 100 }],
  ])("are unknown where the provider states %s", (_, usage) => {
    expect(completion(usage, words)).toBeNull();
  });

  it.each([
    ["long words", "internationalization ".repeat(40), 120],
    ["Chinese", "\u4f60\u597d".repeat(100), 60],
    ["signs", "=".repeat(5_000), 40],
    ["blanks", `a${" ".repeat(5_000)}b`, 10],
  ])("are believed where an answer of %s is counted", (_, content, out) => {
    expect(completion({ prompt_tokens: 20, completion_tokens: out }, content)).toEqual({
      in: 20,
      out,
    });
  });

  it("may be none of an answer without a text", () => {
    expect(completion({ prompt_tokens: 20, completion_tokens: 0 }, "")).toEqual({ in: 20, out: 0 });
  });
});
