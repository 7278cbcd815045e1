import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adjustByHolm } from "./holm.ts";

describe("adjustByHolm", () => {
  it("gives what R's p.adjust gives", () => {
    // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    const adjusted = adjustByHolm([0.01, 0.04, 0.03, 0.005]);
    for (const [index, value] of [0.03, 0.06, 0.06, 0.02].entries()) {
      expect(adjusted[index]).toBeCloseTo(value, 12);
    }
    expect(adjustByHolm([0.2])).toEqual([0.2]);
    expect(adjustByHolm([])).toEqual([]);
  });

  it("never lowers a p value, keeps their order and stays within 1", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (pValues) => {
        const adjusted = adjustByHolm(pValues);
        for (const [index, pValue] of pValues.entries()) {
          const value = adjusted[index] ?? Number.NaN;
          expect(value).toBeGreaterThanOrEqual(pValue);
          expect(value).toBeLessThanOrEqual(1);
          for (const [other, otherValue] of pValues.entries()) {
            if (pValue < otherValue) expect(value).toBeLessThanOrEqual(adjusted[other] ?? 0);
          }
        }
      }),
    );
  });
});
