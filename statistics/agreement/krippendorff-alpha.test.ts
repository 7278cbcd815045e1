import fc from "fast-check";
import { describe, expect, it } from "vitest";
import fixture from "../fixtures/agreement.json" with { type: "json" };
import { toEstimate } from "./agreement-figure.ts";
import { krippendorffObservers, rowsOfRaters } from "../fixtures/published-tables.ts";
import { krippendorffAlpha, type MeasurementLevel } from "./krippendorff-alpha.ts";

const levels: readonly MeasurementLevel[] = ["nominal", "ordinal", "interval"];

describe("krippendorffAlpha", () => {
  it.each([
    ["nominal", 0.743],
    ["ordinal", 0.815],
    ["interval", 0.849],
  ] as const)(
    "gives Krippendorff's own figure for his data with missing values, %s",
    (level, alpha) => {
      const figure = krippendorffAlpha(rowsOfRaters(krippendorffObservers), { level });
      expect(figure.value).toBeCloseTo(alpha, 3);
      // Of the twelve units one has a single value.
      expect(figure.n).toBe(11);
    },
  );

  it.each(fixture.withMissing)(
    "agrees with the krippendorff package on random labels, table %#",
    (example) => {
      const rows = rowsOfRaters(example.raters);
      for (const level of levels) {
        expect(krippendorffAlpha(rows, { level }).value).toBeCloseTo(example[level], 12);
      }
    },
  );

  it("takes the order of texts from the categories", () => {
    const words: Record<string, string> = { 1: "poor", 2: "fair", 3: "good", 4: "fine", 5: "best" };
    const rows = rowsOfRaters(krippendorffObservers, (digit) => words[digit]!);
    const categories = Object.values(words);
    const figure = krippendorffAlpha(rows, { level: "ordinal", categories });
    expect(figure.value).toBeCloseTo(0.815, 3);
    expect(() => krippendorffAlpha(rows, { level: "ordinal" })).toThrow(/categories/);
    expect(() => krippendorffAlpha(rows, { level: "interval", categories })).toThrow(/numbers/);
  });

  it("has no value, and says why, without rows, with one rater or with one class", () => {
    const nominal = { level: "nominal" } as const;
    expect(krippendorffAlpha([], nominal)).toEqual({ value: null, n: 0, reason: "no_rows" });
    expect(krippendorffAlpha([[null, undefined]], nominal).value).toBeNull();
    expect(krippendorffAlpha([["a"], ["b", null]], nominal)).toEqual({
      value: null,
      n: 0,
      reason: "one_rater",
    });
    expect(krippendorffAlpha([["a", "a"], ["b"]], nominal)).toEqual({
      value: null,
      n: 1,
      reason: "one_class",
    });
  });

  it("is 1 for whole agreement at every level, and at nominal level does not know names", () => {
    const label = fc.option(fc.integer({ min: 1, max: 5 }));
    const rows = fc.array(fc.array(label, { maxLength: 5 }), { maxLength: 20 });
    fc.assert(
      fc.property(rows, (table) => {
        const { value } = krippendorffAlpha(table, { level: "nominal" });
        const renamed = table.map((row) => row.map((one) => (one === null ? null : (one * 2) % 5)));
        const other = krippendorffAlpha(renamed, { level: "nominal" }).value;
        if (value === null) expect(other).toBeNull();
        else expect(other).toBeCloseTo(value, 12);
        const agreed = table.map((row, index) => row.map((one) => one && 1 + (index % 3)));
        for (const level of levels) {
          expect([1, null]).toContain(krippendorffAlpha(agreed, { level }).value);
        }
      }),
    );
  });

  it("at interval level does not know the unit or the zero of the scale", () => {
    const row = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 15 }), (table) => {
        const { value } = krippendorffAlpha(table, { level: "interval" });
        const moved = table.map((labels) => labels.map((one) => 3 * one + 100));
        const other = krippendorffAlpha(moved, { level: "interval" }).value;
        if (value === null) expect(other).toBeNull();
        else expect(other).toBeCloseTo(value, 9);
      }),
    );
  });

  it("resamples rows for its interval", () => {
    const rows = rowsOfRaters(krippendorffObservers);
    const figure = krippendorffAlpha(rows, { level: "ordinal", interval: { seed: 4 } });
    const { low, high } = toEstimate(figure);
    expect(low!).toBeLessThan(0.815);
    expect(high!).toBeGreaterThan(0.815);
  });
});
