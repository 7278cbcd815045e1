import { describe, expect, it } from "vitest";
import fixture from "../fixtures/agreement.json" with { type: "json" };
import { confusionMatrix } from "./confusion-matrix.ts";

describe("confusionMatrix", () => {
  it("counts the expected label first, then the given one", () => {
    const matrix = confusionMatrix(["a", "a", "b"], ["a", "b", "b"], ["a", "b", "tie"]);
    expect(matrix).toEqual({
      a: { a: 1, b: 1, tie: 0 },
      b: { a: 0, b: 1, tie: 0 },
      tie: { a: 0, b: 0, tie: 0 },
    });
  });

  it.each(fixture.twoRaters)("agrees with scikit-learn on random labels, table %#", (example) => {
    const categories = example.categories.split("");
    const matrix = confusionMatrix(example.first.split(""), example.second.split(""), categories);
    const lines = categories.map((expected) => categories.map((given) => matrix[expected]![given]));
    expect(lines).toEqual(example.confusion);
  });

  it("holds only the labels that occur where no categories are named", () => {
    expect(confusionMatrix(["b"], ["a"])).toEqual({ a: { a: 0, b: 0 }, b: { a: 1, b: 0 } });
    expect(confusionMatrix([], [])).toEqual({});
  });
});
