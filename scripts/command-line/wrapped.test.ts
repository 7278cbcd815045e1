import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wrapped } from "./wrapped.ts";

const terminal = (columns?: number) => ({ columns }) as unknown as NodeJS.WriteStream;

describe("wrapped", () => {
  it("breaks sentences between words, and begins their further lines further in", () => {
    expect(wrapped("One two three four five.\n  six seven eight nine ten", terminal(20))).toBe(
      "One two three four\n  five.\n  six seven eight\n    nine ten",
    );
  });

  it("keeps lines with columns, words that are too long, and all that is for no terminal", () => {
    const text = `wins          a 25, b 4, tie 1, none 0\n${"x".repeat(40)}`;
    expect(wrapped(text, terminal(20))).toBe(text);
    expect(wrapped("a sentence that is longer than twenty", terminal())).toBe(
      "a sentence that is longer than twenty",
    );
  });

  it("loses no word, and leaves no line too wide but for a long word", () => {
    const words = fc.array(fc.stringMatching(/^[a-z.]{1,12}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 120 }), (some, columns) => {
        const text = wrapped(some.join(" "), terminal(columns));
        expect(text.split(/\s+/)).toEqual(some);
        for (const line of text.split("\n")) expect(line.length).toBeLessThan(columns);
      }),
    );
  });
});
