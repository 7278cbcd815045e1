import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTextMemo } from "./text-memo.ts";

describe("createTextMemo", () => {
  it("makes each text once while it is remembered, and forgets the oldest first", () => {
    const made: string[] = [];
    const upper = createTextMemo((text) => {
      made.push(text);
      return text.toUpperCase();
    }, 6);
    expect(["abc", "def", "abc"].map(upper)).toEqual(["ABC", "DEF", "ABC"]);
    expect(made).toEqual(["abc", "def"]);
    expect(["g", "def", "abc"].map(upper)).toEqual(["G", "DEF", "ABC"]);
    expect(made).toEqual(["abc", "def", "g", "abc"]);
  });

  it("keeps a text that is longer than it remembers, until the next", () => {
    let count = 0;
    const length = createTextMemo((text) => {
      count += 1;
      return text.length;
    }, 3);
    expect(["abcdef", "abcdef", "a", "abcdef"].map(length)).toEqual([6, 6, 1, 6]);
    expect(count).toBe(3);
  });

  it("gives what its function gives, whatever was asked before", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 4 })), fc.nat(8), (texts, most) => {
        const make = (text: string) => `${text}!`;
        expect(texts.map(createTextMemo(make, most))).toEqual(texts.map(make));
      }),
    );
  });
});
