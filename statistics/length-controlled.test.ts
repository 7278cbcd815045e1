import { describe, expect, it } from "vitest";
import fixtures from "./fixtures/length-controlled.json" with { type: "json" };
import { createRandom } from "./estimates/seeded-random.ts";
import { lengthControlledWinRate } from "./length-controlled.ts";

describe("lengthControlledWinRate", () => {
  it("equals the published package's figure on the same verdicts", () => {
    for (const { preferences, modelLengths, baselineLengths, expected } of fixtures) {
      const own = lengthControlledWinRate(
        preferences.map((win, row) => ({
          win,
          lengths: { model: modelLengths[row]!, baseline: baselineLengths[row]! },
        })),
      );
      if (own.value === null) throw new Error(own.reason);
      expect(Math.abs(own.value - expected.winRate)).toBeLessThan(0.001);
      expect(own.penalty).toBeCloseTo(expected.penalty, 8);
      expect(own.low).toBeLessThanOrEqual(own.value);
      expect(own.high).toBeGreaterThanOrEqual(own.value);
    }
  });

  it("takes a habit for length out of the win rate of equal models", () => {
    const random = createRandom("length-habit");
    const rows = Array.from({ length: 600 }, () => {
      const lengths = { model: 200 + 1500 * random(), baseline: 200 + 800 * random() };
      const odds = 2 * Math.tanh((lengths.model - lengths.baseline) / 500);
      return { win: random() < 1 / (1 + Math.exp(-odds)) ? 1 : 0, lengths };
    });
    const raw = rows.reduce((sum, { win }) => sum + win, 0) / rows.length;
    const { value } = lengthControlledWinRate(rows);
    expect(raw).toBeGreaterThan(0.6);
    expect(Math.abs((value ?? 0) - 0.5)).toBeLessThan(0.06);
  });

  it("has no figure for few rows and for lengths that never differ", () => {
    const row = { win: 1, lengths: { model: 10, baseline: 5 } };
    const few = Array.from({ length: 5 }, () => row);
    expect(lengthControlledWinRate(few)).toEqual({ value: null, reason: "too_few_rows" });
    const alike = Array.from({ length: 40 }, () => row);
    expect(lengthControlledWinRate(alike)).toEqual({ value: null, reason: "no_variation" });
  });
});
