import { describe, expect, it } from "vitest";
import { parseScore } from "./parse-score.ts";

describe("parseScore", () => {
  it.each([
    ["8/10", 8],
    ["8.5 / 10", 8.5],
    ["8,5/10", 8.5],
    ["8 out of 10", 8],
    ["8 of 10.", 8],
    ["[8/10]", 8],
    ["[8]/10", 8],
    ["(9.25)", 9.25],
    ["0/10", 0],
    ["10", 10],
    ["10.0/10.0", 10],
    ["7 points", 7],
    ["7 (good)", 7],
    ["8/10 for the first response", 8],
    ["8/10 - clear, but 3 facts are wrong", 8],
  ])("reads %j", (text, score) => {
    expect(parseScore(text, 10)).toBe(score);
  });

  it.each([
    ["a placeholder", "X/10"],
    ["a placeholder in brackets", "[score]/10"],
    ["no number before the stroke", "/10"],
    ["nothing", ""],
    ["a number below 0", "-3/10"],
    ["a number above the scale", "11/10"],
    ["a score corrected in the same breath", "11/10 is not possible, so 10/10"],
    ["two scores", "8/10 or 9/10"],
    ["a range", "8-9/10"],
    ["a range of bare numbers", "8 to 9"],
    ["a per cent", "80%"],
    ["a fraction in one character", "8½/10"],
    ["an ordinal", "8th of 10"],
    ["a bare number that counts something", "3 errors"],
    ["an item of a list", "1. Clarity"],
    ["a number with thousands", "1,000"],
    ["an unfinished fraction", "8/"],
    ["a number in words", "eight/10"],
    ["a score that is taken back", "10/10 would be too generous"],
    ["a condition", "9/10 if it were right"],
  ])("reads no score from %s", (_what, text) => {
    expect(parseScore(text, 10)).toBeNull();
  });

  it("takes a denominator for nothing but the scale", () => {
    expect(parseScore("8/10", 100)).toBeNull();
    expect(parseScore("80/100", 10)).toBeNull();
    expect(parseScore("4/10", 5)).toBeNull();
    expect(parseScore("80/100", 100)).toBe(80);
    expect(parseScore("80", 100)).toBe(80);
  });
});
