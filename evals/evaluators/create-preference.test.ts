import { describe, expect, it } from "vitest";
import type { Compare } from "./compare-texts.ts";
import { createPreference } from "./create-preference.ts";

const longest: Compare = async ({ a, b }) => ({
  winner: a.length === b.length ? "tie" : a.length > b.length ? "a" : "b",
});

describe("createPreference", () => {
  it.each([
    ["much longer", "short", 1, "better"],
    ["same length", "other words", 0.5, "as good"],
    ["short", "much longer", 0, "the reference is better"],
  ])("scores %s against the reference %s with %d", async (response, reference, score, comment) => {
    const preference = createPreference({ compare: longest });
    const expected = { key: "preferred_to_reference", score, comment };
    const fields = {
      inputs: { prompt: "Why?" },
      outputs: { response },
      referenceOutputs: { response: reference },
    };
    expect(await preference(fields)).toEqual(expected);
    const texts = { inputs: "Why?", outputs: response, referenceOutputs: reference };
    expect(await preference(texts)).toEqual(expected);
  });

  it("takes a key of its own", async () => {
    const preference = createPreference({ compare: longest, key: "jury" });
    const result = await preference({ inputs: "Why?", outputs: "x", referenceOutputs: "yy" });
    expect(result).toMatchObject({ key: "jury", score: 0 });
  });
});
