import fc from "fast-check";
import { describe, expect, it } from "vitest";
import fixture from "../fixtures/agreement.json" with { type: "json" };
import { toEstimate } from "./agreement-figure.ts";
import { labelsOfTable } from "../fixtures/published-tables.ts";
import { cohenKappa, type KappaWeights } from "./cohen-kappa.ts";

const kappaOfTable = (counts: number[][], weights?: KappaWeights) => {
  const { first, second } = labelsOfTable(counts);
  return cohenKappa(first, second, { weights }).value;
};

const label = fc.constantFrom("a", "b", "tie");
const raters = fc
  .array(fc.tuple(label, label), { maxLength: 40 })
  .map((rows) => ({ first: rows.map(([one]) => one), second: rows.map(([, two]) => two) }));

describe("cohenKappa", () => {
  it("gives 0.492 for the diagnoses in Cohen (1968), table 1", () => {
    const diagnoses = [
      [88, 10, 2],
      [14, 40, 6],
      [18, 10, 12],
    ];
    expect(kappaOfTable(diagnoses)).toBeCloseTo(0.492, 3);
  });

  it("gives 0.129 and, with linear weights, 0.237 for the couples of Hout et al. (1987), as R's vcd", () => {
    const couples = [
      [7, 7, 2, 3],
      [2, 8, 3, 7],
      [1, 5, 4, 9],
      [2, 8, 9, 14],
    ];
    expect(kappaOfTable(couples)).toBeCloseTo(0.1293, 4);
    expect(kappaOfTable(couples, "linear")).toBeCloseTo(0.2374, 4);
  });

  it.each(fixture.twoRaters)(
    "agrees with scikit-learn on random labels, table %#",
    ({ first, second, categories, kappa, linear, quadratic }) => {
      const value = (weights: KappaWeights) =>
        cohenKappa(first.split(""), second.split(""), { weights, categories: categories.split("") })
          .value;
      expect(value("none")).toBeCloseTo(kappa, 12);
      expect(value("linear")).toBeCloseTo(linear, 12);
      expect(value("quadratic")).toBeCloseTo(quadratic, 12);
    },
  );

  it("has no value, and says why, without rows or with one class", () => {
    expect(cohenKappa([], [])).toEqual({ value: null, n: 0, reason: "no_rows" });
    expect(cohenKappa(["a", "a"], ["a", "a"])).toEqual({
      value: null,
      n: 2,
      reason: "one_class",
    });
    expect(cohenKappa(["a", "a"], ["a", "a"], { categories: ["a", "b"] }).value).toBeNull();
  });

  it("is 0 where only one rater has one class", () => {
    expect(cohenKappa(["a", "a", "a"], ["a", "b", "a"]).value).toBe(0);
  });

  it("takes the order of the categories for its weights, and asks for it where labels are texts", () => {
    const first = ["low", "high", "low", "middle"];
    const second = ["low", "high", "high", "middle"];
    const categories = ["low", "middle", "high"];
    expect(() => cohenKappa(first, second, { weights: "linear" })).toThrow(/categories/);
    const linear = cohenKappa(first, second, { weights: "linear", categories });
    const otherOrder = cohenKappa(first, second, {
      weights: "linear",
      categories: ["middle", "low", "high"],
    });
    expect(linear.value).not.toBe(otherOrder.value);
  });

  it("refuses raters of different rows and labels outside the categories", () => {
    expect(() => cohenKappa(["a"], ["a", "b"])).toThrow(/same rows, got 1 and 2/);
    expect(() => cohenKappa(["a"], ["c"], { categories: ["a", "b"] })).toThrow(/got "c"/);
  });

  it("does not change when the raters change places or the labels change names", () => {
    const renamed: Record<string, string> = { a: "tie", b: "a", tie: "b" };
    const rename = (labels: string[]) => labels.map((one) => renamed[one]!);
    fc.assert(
      fc.property(raters, ({ first, second }) => {
        const { value } = cohenKappa(first, second);
        expect(cohenKappa(second, first).value).toBe(value);
        expect(cohenKappa(rename(first), rename(second)).value).toBe(value);
      }),
    );
  });

  it("is 1 for a rater with itself and otherwise below, never NaN", () => {
    fc.assert(
      fc.property(raters, ({ first, second }) => {
        const classes = new Set(first).size;
        expect(cohenKappa(first, first).value).toBe(classes > 1 ? 1 : null);
        const { value } = cohenKappa(first, second);
        const same = first.every((one, row) => one === second[row]);
        if (value !== null) expect(value === 1).toBe(same);
        if (value !== null) expect(value).toBeGreaterThanOrEqual(-1);
      }),
    );
  });

  it("does not change when every row is there twice", () => {
    fc.assert(
      fc.property(raters, ({ first, second }) => {
        const { value } = cohenKappa(first, second);
        const twice = cohenKappa([...first, ...first], [...second, ...second]).value;
        if (value === null) expect(twice).toBeNull();
        else expect(twice).toBeCloseTo(value, 12);
      }),
    );
  });

  it("has an interval about its value where one is asked for", () => {
    const { first, second } = labelsOfTable([
      [88, 10, 2],
      [14, 40, 6],
      [18, 10, 12],
    ]);
    const figure = cohenKappa(first, second, { interval: { seed: 1 } });
    const { low, high } = toEstimate(figure);
    // The large-sample standard error (Fleiss, Cohen and Everitt 1969) is 0.0549.
    expect(low!).toBeCloseTo(0.492 - 1.96 * 0.0549, 1);
    expect(high!).toBeCloseTo(0.492 + 1.96 * 0.0549, 1);
    expect(cohenKappa(first, second)).not.toHaveProperty("interval");
  });
});
