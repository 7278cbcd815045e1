import { describe, expect, it } from "vitest";
import type { Compare } from "./compare-texts.ts";
import { createGain } from "./create-gain.ts";

const longest: Compare = async ({ a, b }) => ({
  winner: a.length === b.length ? "tie" : a.length > b.length ? "a" : "b",
});
const gain = createGain({ key: "loop_gain", compare: longest });

describe("createGain", () => {
  it.each([
    ["short", "much longer", 1, "better than before"],
    ["same length", "other words", 0, "no better"],
    ["unchanged", "unchanged", 0, "unchanged"],
    ["much longer", "short", -1, "worse than before"],
  ])("scores %s -> %s with %i", async (before, after, score, comment) => {
    const result = await gain({ inputs: { prompt: "Why?" }, outputs: { before, after } });
    expect(result).toEqual({ key: "loop_gain", score, comment });
  });

  it("says which text it misses", async () => {
    const asked = gain({ inputs: "Why?", outputs: { before: "x" } });
    await expect(asked).rejects.toThrow(
      "Expected a text in outputs.after; the fields there are: before.",
    );
  });
});
