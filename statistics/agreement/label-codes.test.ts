import { describe, expect, it } from "vitest";
import { createLabelCodes } from "./label-codes.ts";

describe("createLabelCodes", () => {
  it("puts numbers first, by value, and texts after, whatever order they come in", () => {
    const codes = createLabelCodes(["b", 10, "a", 9, "b"]);
    expect(codes.categories).toEqual([9, 10, "a", "b"]);
    expect(["a", 10].map(codes.codeOf)).toEqual([2, 1]);
  });

  it("keeps the order of named categories and knows no other label", () => {
    const codes = createLabelCodes(["b"], ["b", "a"]);
    expect(codes.codeOf("a")).toBe(1);
    expect(() => codes.codeOf("c")).toThrow(/among \["b","a"\], got "c"/);
  });

  it("refuses a category named twice and numbers that are none", () => {
    expect(() => createLabelCodes([], ["a", "a"])).toThrow(/each once/);
    expect(() => createLabelCodes([Number.NaN])).toThrow(/finite/);
  });
});
