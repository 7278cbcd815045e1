import { describe, expect, it } from "vitest";
import { countTokens } from "./count-tokens.ts";

describe("countTokens", () => {
  it("counts as o200k_base does in the examples of OpenAI's cookbook", () => {
    expect(countTokens("")).toBe(0);
    expect(countTokens("antidisestablishmentarianism")).toBe(6);
    expect(countTokens("tiktoken is great!")).toBe(6);
    expect(countTokens("2 + 2 = 4")).toBe(7);
    expect(countTokens("お誕生日おめでとう")).toBe(8);
  });

  it("takes a special token for the text that it is", () => {
    expect(countTokens("<|endoftext|>")).toBeGreaterThan(1);
  });

  it("adds up over words, whatever their number", () => {
    expect(countTokens("word ".repeat(1_000).trimEnd())).toBe(1_000);
  });

  it("counts a run without a break, a little high at most", () => {
    for (const character of ["a", "=", "\n", "語", "😀"]) {
      const count = countTokens(character.repeat(5_000));
      expect(count).toBeGreaterThan(50);
      expect(count).toBeLessThan(10_000);
    }
  });

  it("is not thrown by half of a surrogate pair", () => {
    expect(countTokens("\ud83d and \ude00")).toBeGreaterThan(0);
  });
});
