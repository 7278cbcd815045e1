import { describe, expect, it } from "vitest";
import { measureCoverage, type CoverageCell } from "./interval-coverage.ts";

/** Where percentiles of the plain bootstrap held the truth in 44 to 84 of 100 draws. */
const cells: CoverageCell[] = [
  { n: 30, labels: [0.4, 0.4, 0.2], kappa: 0.9 },
  { n: 30, labels: [0.7, 0.2, 0.1], kappa: 0.9 },
  { n: 30, labels: [0.9, 0.08, 0.02], kappa: 0.7 },
  { n: 100, labels: [0.9, 0.08, 0.02], kappa: 0 },
  { n: 120, labels: [0.4, 0.4, 0.2], kappa: 0.7, rowsPerPrompt: 6, alike: 0.7 },
];

describe("intervals of agreement", () => {
  it.each(cells)("hold the truth: $n rows, kappa $kappa, labels $labels", (cell) => {
    const { kappa, accuracy, without } = measureCoverage(cell, { draws: 100, resamples: 300 });
    // Nominal .95; a draw of 100 from .95 is below .88 once in 400.
    expect(kappa).toBeGreaterThanOrEqual(0.88);
    expect(accuracy).toBeGreaterThanOrEqual(0.88);
    expect(without).toBeLessThan(0.1);
  });
});
