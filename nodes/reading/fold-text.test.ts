import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldLookAlikes, foldWidth, squeezeLookAlikes, unifyLineEnds } from "./fold-text.ts";

describe("foldWidth", () => {
  it("makes full-width forms ASCII and drops what draws nothing", () => {
    expect(foldWidth("Ａｎｓｗｅｒ：Ｂ")).toBe("Answer:B");
    expect(foldWidth("\ufeffAn\u200bs\u00adw\u2060er: \u202eB\u202c")).toBe("Answer: B");
  });

  it("leaves look-alike letters as they are", () => {
    expect(foldWidth("Аnswer: ½")).toBe("Аnswer: ½");
  });

  it("keeps the number of lines that unifyLineEnds finds", () => {
    const text = "a\r\nb\rc\u2028d\u0085e\r\u200b\nf";
    expect(foldWidth(text).split("\n")).toHaveLength(unifyLineEnds(text).split("\n").length);
  });
});

describe("foldLookAlikes", () => {
  it.each([
    ["Аnѕwеr: Α", "answer: a"],
    ["𝐒𝐜𝐨𝐫𝐞 𝟏𝟎", "score 10"],
    ["Ⓐⓝⓢⓦⓔⓡ 🅐🇦", "answer aa"],
    ["Ánswér", "answer"],
    ["١٠ १० ９ 𝟡", "10 10 9 9"],
    ["ﬁne", "fine"],
  ])("reads %j as %j", (text, plain) => {
    expect(foldLookAlikes(text)).toBe(plain);
  });

  it("folds a text of ASCII as it does within a text that holds other letters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
        expect(foldLookAlikes(`${text} é`)).toBe(`${foldLookAlikes(text)} e`);
        expect(foldWidth(`${text} é`)).toBe(`${foldWidth(text)} é`);
      }),
    );
  });
});

describe("squeezeLookAlikes", () => {
  it("keeps letters and digits alone", () => {
    expect(squeezeLookAlikes("### Ѕсоrе, Assistant A:\n**𝟖** / 10 é")).toBe("scoreassistanta810e");
  });
});
