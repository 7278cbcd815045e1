import { describe, expect, it } from "vitest";
import { gainText } from "./gain-text.ts";

const example = (...scores: [string, number][]) => ({
  row: {},
  outputs: {},
  results: scores.map(([key, score]) => ({ key, score })),
});

describe("gainText", () => {
  it("counts better, no better and worse, with the share of better and its interval", () => {
    const examples = [1, 1, 0, -1].map((score) => example(["loop_gain", score]));
    expect(gainText(examples)).toBe(
      "loop_gain 0.25: better 2, no better 1, worse 1, n 4, better in 50 % [15 %, 85 %]",
    );
  });

  it("tells keys apart, and has nothing to say of no rows", () => {
    const text = gainText([example(["one", 1], ["two", -1])]);
    expect(text).toMatch(/^one 1\.00: better 1.*; two -1\.00: better 0/);
    expect(gainText([])).toBe("no row came to its end");
  });
});
