import fc from "fast-check";
import { describe, expect, it } from "vitest";
import fixture from "../fixtures/agreement.json" with { type: "json" };
import { labelsOfTable } from "../fixtures/published-tables.ts";
import { fleissKappa } from "./fleiss-kappa.ts";
import { scottPi } from "./scott-pi.ts";

describe("scottPi", () => {
  it("gives 0.341 for the dialogue acts of Artstein and Poesio (2008), table 1", () => {
    const { first, second } = labelsOfTable([
      [20, 20],
      [10, 50],
    ]);
    expect(scottPi(first, second).value).toBeCloseTo(0.341, 3);
  });

  it.each(fixture.twoRaters)("agrees with statsmodels on random labels, table %#", (example) => {
    expect(scottPi(example.first.split(""), example.second.split("")).value).toBeCloseTo(
      example.pi,
      12,
    );
  });

  it("has no value, and says why, without rows or with one class", () => {
    expect(scottPi([], [])).toEqual({ value: null, n: 0, reason: "no_rows" });
    expect(scottPi(["b"], ["b"])).toEqual({ value: null, n: 1, reason: "one_class" });
  });

  it("is Fleiss' kappa of two raters, and 1 for a rater with itself", () => {
    const label = fc.constantFrom("a", "b", "tie");
    fc.assert(
      fc.property(fc.array(fc.tuple(label, label), { minLength: 1, maxLength: 30 }), (rows) => {
        const first = rows.map(([one]) => one);
        const pi = scottPi(
          first,
          rows.map(([, two]) => two),
        ).value;
        const kappa = fleissKappa(rows).value;
        if (pi === null) expect(kappa).toBeNull();
        else expect(kappa).toBeCloseTo(pi, 12);
        expect(scottPi(first, first).value).toBe(new Set(first).size > 1 ? 1 : null);
      }),
    );
  });
});
