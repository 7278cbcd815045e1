import { describe, expect, it } from "vitest";
import { closestWord } from "./closest-word.ts";

describe("closestWord", () => {
  const known = ["generate", "evaluate", "evolve", "demo"];

  it.each([
    ["generat", "generate"],
    ["evalute", "evaluate"],
    ["Demo", "demo"],
    ["evolv", "evolve"],
    ["xyz", null],
    ["", null],
  ])("of %o is %o", (word, meant) => {
    expect(closestWord(word, known)).toBe(meant);
  });

  it("is none where no word is known", () => {
    expect(closestWord("demo", [])).toBeNull();
  });
});
