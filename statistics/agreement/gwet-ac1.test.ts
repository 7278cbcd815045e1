import fc from "fast-check";
import { describe, expect, it } from "vitest";
import fixture from "../fixtures/agreement.json" with { type: "json" };
import {
  krippendorffObservers,
  labelsOfTable,
  rowsOfRaters,
} from "../fixtures/published-tables.ts";
import { cohenKappa } from "./cohen-kappa.ts";
import { gwetAc1 } from "./gwet-ac1.ts";

describe("gwetAc1", () => {
  it("stays at 0.941 in Gwet's (2008) table of 125 subjects, where kappa falls to -0.023", () => {
    const { first, second } = labelsOfTable([
      [118, 5],
      [2, 0],
    ]);
    const rows = first.map((label, row) => [label, second[row]!]);
    expect(gwetAc1(rows)).toMatchObject({ n: 125 });
    expect(gwetAc1(rows).value).toBeCloseTo(0.9408, 4);
    expect(cohenKappa(first, second).value).toBeCloseTo(-0.0234, 4);
  });

  it("gives 0.775 for four raters with missing values, as Gwet's irrCAC does", () => {
    const figure = gwetAc1(rowsOfRaters(krippendorffObservers));
    expect(figure.value).toBeCloseTo(0.77544, 5);
    expect(figure.n).toBe(11);
  });

  it.each(fixture.twoRaters)("agrees with irrCAC on random labels, table %#", (example) => {
    const rows = rowsOfRaters([example.first, example.second], String);
    const figure = gwetAc1(rows, { categories: example.categories.split("") });
    expect(figure.value).toBeCloseTo(example.ac1, 12);
  });

  it.each(fixture.withMissing)(
    "agrees with irrCAC where labels are missing, table %#",
    (example) => {
      const rows = rowsOfRaters(example.raters, String);
      const figure = gwetAc1(rows, { categories: example.categories.split("") });
      expect(figure.value).toBeCloseTo(example.ac1, 12);
    },
  );

  it("has no value, and says why, without rows, with one rater or with one category", () => {
    expect(gwetAc1([])).toEqual({ value: null, n: 0, reason: "no_rows" });
    expect(gwetAc1([["a"], [null, "b"]])).toEqual({ value: null, n: 0, reason: "one_rater" });
    expect(gwetAc1([["a", "a"]])).toEqual({ value: null, n: 1, reason: "one_class" });
  });

  it("is 1 for whole agreement and does not know the names of labels", () => {
    const label = fc.constantFrom("a", "b", "c");
    const renamed: Record<string, string> = { a: "c", b: "a", c: "b" };
    const categories = ["a", "b", "c"];
    fc.assert(
      fc.property(fc.array(fc.tuple(label, label), { minLength: 1, maxLength: 25 }), (rows) => {
        const { value } = gwetAc1(rows, { categories });
        const other = gwetAc1(
          rows.map((labels) => labels.map((one) => renamed[one]!)),
          { categories },
        );
        expect(other.value).toBeCloseTo(value!, 12);
        const agreed = rows.map(([one]) => [one, one]);
        expect(gwetAc1(agreed, { categories }).value).toBeCloseTo(1, 12);
      }),
    );
  });
});
