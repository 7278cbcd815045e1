import { describe, expect, it } from "vitest";
import fixture from "../fixtures/agreement.json" with { type: "json" };
import { accuracy } from "./accuracy.ts";

describe("accuracy", () => {
  it.each(fixture.twoRaters)("agrees with scikit-learn on random labels, table %#", (example) => {
    const figure = accuracy(example.first.split(""), example.second.split(""));
    expect(figure).toEqual({ value: example.accuracy, n: example.first.length });
  });

  it("is defined for one class and not without rows", () => {
    expect(accuracy(["a"], ["a"])).toEqual({ value: 1, n: 1 });
    expect(accuracy([], [])).toEqual({ value: null, n: 0, reason: "no_rows" });
  });
});
