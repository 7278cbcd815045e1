import fc from "fast-check";
import { describe, expect, it } from "vitest";
import fixture from "../fixtures/agreement.json" with { type: "json" };
import { labelsOfCounts } from "../fixtures/published-tables.ts";
import { fleissKappa } from "./fleiss-kappa.ts";

/** Counts of each category, a word a row. */
const rowsOf = (words: string) =>
  labelsOfCounts(
    words.split(" ").map((word) => word.split("").map((digit) => parseInt(digit, 36))),
  );

describe("fleissKappa", () => {
  it("gives 0.430 for the diagnoses of Fleiss (1971): 30 patients, six psychiatrists", () => {
    const patients = rowsOf(
      "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031 " +
        "00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006",
    );
    const figure = fleissKappa(patients);
    expect(figure.n).toBe(30);
    expect(figure.value).toBeCloseTo(0.43, 3);
  });

  it("gives 0.210 for the often shown table of ten subjects and fourteen raters", () => {
    const subjects = rowsOf("0000e 02642 00356 03920 22811 77000 32630 25322 65210 02237");
    expect(fleissKappa(subjects).value).toBeCloseTo(0.21, 3);
  });

  it.each(fixture.manyRaters)("agrees with statsmodels on random labels, table %#", (example) => {
    const rows = example.raters[0]!.split("").map((_, row) =>
      example.raters.map((rater) => rater[row]!),
    );
    expect(fleissKappa(rows).value).toBeCloseTo(example.kappa, 12);
  });

  it("has no value, and says why, without rows, with one rater or with one class", () => {
    expect(fleissKappa([])).toEqual({ value: null, n: 0, reason: "no_rows" });
    expect(fleissKappa([["a"], ["b"]])).toEqual({ value: null, n: 2, reason: "one_rater" });
    expect(
      fleissKappa([
        ["a", "a"],
        ["a", "a"],
      ]),
    ).toEqual({ value: null, n: 2, reason: "one_class" });
  });

  it("refuses rows of different numbers of labels and names the row", () => {
    expect(() => fleissKappa([["a", "b"], ["a"]])).toThrow(/got 1 in row 2/);
  });

  it("does not depend on the order of a row's labels or on their names; whole agreement is 1", () => {
    const row = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 3, maxLength: 3 });
    const renamed: Record<string, string> = { a: "c", b: "a", c: "b" };
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
        const { value } = fleissKappa(rows);
        expect(fleissKappa(rows.map((labels) => labels.toReversed())).value).toBe(value);
        const other = fleissKappa(rows.map((labels) => labels.map((one) => renamed[one]!))).value;
        if (value === null) expect(other).toBeNull();
        else expect(other).toBeCloseTo(value, 12);
        const agreed = rows.map((labels) => labels.map(() => labels[0]!));
        const classes = new Set(agreed.flat()).size;
        expect(fleissKappa(agreed).value).toBe(classes > 1 ? 1 : null);
      }),
    );
  });
});
