import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { worstCaseTokens } from "./worst-case-tokens.ts";
import { countTokens } from "./count-tokens.ts";

describe("the bound of a call", () => {
  it("is no lower than a tokenizer's count of its messages with their marks", () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.constantFrom("<|endoftext|>", "お誕生日おめでとう", "ሰላም ለዓለም", "word ".repeat(50)),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), (texts) => {
        const messages = texts.map((content) => ({ role: "user" as const, content }));
        const marked = texts.map((content) => `<|im_start|>user\n${content}<|im_end|>\n`).join("");
        expect(worstCaseTokens(messages, {}).in).toBeGreaterThanOrEqual(countTokens(marked));
      }),
    );
  });

  it("takes the answer as long as the server is asked for, and 4096 tokens where it is not", () => {
    expect(worstCaseTokens([], { longestAnswer: 300 }).out).toBe(300);
    expect(worstCaseTokens([], {}).out).toBe(4096);
  });
});
