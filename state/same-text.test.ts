import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSameText } from "./same-text.ts";

describe("isSameText", () => {
  it.each([
    ["white space at the ends", "The Rhine.", " The Rhine.\n\n"],
    ["line ends", "Rhine\nMain", "Rhine\r\nMain"],
    ["old line ends", "Rhine\nMain", "Rhine\rMain"],
    ["Unicode normal form", "Caf\u00e9", "Cafe\u0301"],
    ["zero-width characters", "The\u200b Rhine\ufeff.", "The Rhine."],
    ["a zero-width character before the end's space", "Rhine \u200b", "Rhine"],
    ["surrogates that no file can hold", "half \ud83d", "half \ud83e"],
  ])("passes over %s", (_, one, other) => {
    expect(isSameText(one, other)).toBe(true);
    expect(isSameText(other, one)).toBe(true);
  });

  it.each([
    ["capitals", "Rhine", "rhine"],
    ["white space inside", "a b", "a  b"],
    ["indentation of a later line", "a\n  b", "a\nb"],
    ["compatibility forms", "x\u00b2", "x2"],
    ["an empty text", "", "."],
  ])("sees %s", (_, one, other) => {
    expect(isSameText(one, other)).toBe(false);
  });

  it("holds for every text and its own spellings", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(isSameText(text, ` ${text.normalize("NFD")}\r\n`)).toBe(true);
      }),
    );
  });
});
