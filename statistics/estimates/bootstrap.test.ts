import { describe, expect, it } from "vitest";
import { bootstrapDistribution, bootstrapInterval, quantile } from "./bootstrap.ts";
import { normalQuantile975 } from "./interval.ts";
import { createRandom } from "./seeded-random.ts";

const meanOf = (rows: readonly number[]) => (indices: Int32Array) =>
  indices.reduce((sum, row) => sum + rows[row]!, 0) / indices.length;

describe("bootstrapInterval", () => {
  const random = createRandom("rows");
  const rows = Array.from({ length: 400 }, () => random());

  it("gives a mean the interval that theory gives it", () => {
    const mean = rows.reduce((sum, value) => sum + value, 0) / rows.length;
    const variance = rows.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows.length;
    const halfWidth = normalQuantile975 * Math.sqrt(variance / rows.length);
    const interval = bootstrapInterval(rows.length, meanOf(rows), { seed: 1, resamples: 4000 })!;
    expect(interval.value).toBeCloseTo(mean, 12);
    expect(Math.abs(interval.low - (mean - halfWidth))).toBeLessThan(0.1 * halfWidth);
    expect(Math.abs(interval.high - (mean + halfWidth))).toBeLessThan(0.1 * halfWidth);
  });

  it("holds the true value in about 95 of 100 studies", () => {
    const studies = 200;
    const holding = Array.from({ length: studies }, (_, study) => {
      const draw = createRandom(`study ${study}`);
      const values = Array.from({ length: 60 }, () => draw());
      const options = { seed: study, resamples: 400 };
      const interval = bootstrapInterval(values.length, meanOf(values), options)!;
      return interval.low <= 0.5 && 0.5 <= interval.high;
    });
    const share = holding.filter(Boolean).length / studies;
    expect(share).toBeGreaterThan(0.9);
    expect(share).toBeLessThan(0.99);
  });

  it("repeats itself for one seed and draws 1000 times unless told", () => {
    const interval = bootstrapInterval(rows.length, meanOf(rows), { seed: "s" });
    expect(interval).toEqual(bootstrapInterval(rows.length, meanOf(rows), { seed: "s" }));
    expect(interval).not.toEqual(bootstrapInterval(rows.length, meanOf(rows), { seed: "t" }));
    expect(interval?.resamples).toBe(1000);
  });

  it("leaves out and counts resamples in which the statistic is not defined", () => {
    // Defined where row 0 was drawn: 1 - (2/3)^3, about 70 %.
    const statistic = (indices: Int32Array) => (indices.includes(0) ? 5 : null);
    const interval = bootstrapInterval(3, statistic, { seed: 3 })!;
    expect(interval).toMatchObject({ value: 5, low: 5, high: 5, resamples: 1000 });
    expect(interval.undefinedResamples).toBeGreaterThan(240);
    expect(interval.undefinedResamples).toBeLessThan(360);
  });

  it("has no interval where the statistic is defined in no resample, or not for the rows", () => {
    let calls = 0;
    expect(bootstrapInterval(3, () => (calls++ === 0 ? 1 : null), { seed: 3 })).toBeNull();
    expect(bootstrapInterval(3, () => null, { seed: 3 })).toBeNull();
  });
});

describe("bootstrapDistribution", () => {
  it("shows two statistics with one seed the same drawings", () => {
    const sum = (indices: Int32Array) => indices.reduce((total, row) => total + row, 0);
    const double = (indices: Int32Array) => 2 * sum(indices);
    const single = bootstrapDistribution(20, sum, { seed: 5 }).values;
    expect(bootstrapDistribution(20, double, { seed: 5 }).values).toEqual(
      single.map((value) => 2 * value),
    );
    expect(single).toEqual(single.toSorted());
  });
});

describe("quantile", () => {
  it("lies linearly between neighbours", () => {
    const values = Float64Array.of(10, 20, 40);
    expect([0, 0.25, 0.5, 0.75, 1].map((share) => quantile(values, share))).toEqual([
      10, 15, 20, 30, 40,
    ]);
  });
});
