import { describe, expect, it } from "vitest";
import { bootstrapInterval, quantile, type BootstrapInterval } from "./bootstrap.ts";
import { normalQuantile975 } from "./interval.ts";
import type { Observations, RowTerms } from "./observations.ts";
import { createRandom } from "./seeded-random.ts";

const success: RowTerms = [
  [0, 1],
  [1, 1],
];
const failure: RowTerms = [[0, 1]];
const shareOf = (sums: Float64Array) => (sums[0]! > 0 ? sums[1]! / sums[0]! : null);

const coins = (rows: number, share: number, seed: string): Observations => {
  const random = createRandom(seed);
  const drawn = Array.from({ length: rows }, () => (random() < share ? success : failure));
  return { rows: drawn, width: 2, prior: [success, failure] };
};

function intervalOf(observations: Observations, options = { seed: 1, resamples: 1000 }) {
  return bootstrapInterval(observations, shareOf, options) as BootstrapInterval;
}

describe("bootstrapInterval", () => {
  const observations = coins(400, 0.5, "rows");

  it("gives a share the interval that theory gives it", () => {
    const share = observations.rows.filter((row) => row === success).length / 400;
    const halfWidth = normalQuantile975 * Math.sqrt((share * (1 - share)) / 400);
    const { low, high } = intervalOf(observations, { seed: 1, resamples: 4000 });
    expect(Math.abs(low - (share - halfWidth))).toBeLessThan(0.1 * halfWidth);
    expect(Math.abs(high - (share + halfWidth))).toBeLessThan(0.1 * halfWidth);
  });

  it("holds the true value in about 95 of 100 studies", () => {
    const studies = 200;
    const holding = Array.from({ length: studies }, (_, study) => {
      const options = { seed: study, resamples: 400 };
      const { low, high } = intervalOf(coins(60, 0.5, `study ${study}`), options);
      return low <= 0.5 && 0.5 <= high;
    });
    const share = holding.filter(Boolean).length / studies;
    expect(share).toBeGreaterThan(0.9);
    expect(share).toBeLessThan(0.99);
  });

  it("repeats itself for one seed, and draws 1000 times unless told", () => {
    const one = bootstrapInterval(observations, shareOf, { seed: "s" });
    expect(one).toEqual(bootstrapInterval(observations, shareOf, { seed: "s" }));
    expect(one).toEqual(bootstrapInterval(observations, shareOf, { seed: "s", resamples: 1000 }));
    expect(one).not.toEqual(bootstrapInterval(observations, shareOf, { seed: "t" }));
  });

  it("tests whether the statistic is 0, as wide of the mark as its interval", () => {
    const sign = (sums: Float64Array) => shareOf(sums)! - 0.5;
    const pOf = (share: number) => {
      const drawn = bootstrapInterval(coins(100, share, "coins"), sign, { seed: 1 });
      const { low, high, pValue } = drawn as BootstrapInterval;
      expect(pValue < 0.05).toBe(low > 0 || high < 0);
      return pValue;
    };
    expect(pOf(0.9)).toBeLessThan(0.01);
    expect(pOf(0.5)).toBeGreaterThan(0.05);
    expect(pOf(0.1)).toBeLessThan(0.01);
  });

  it("has no zero width where all rows say the same", () => {
    const { low, high } = intervalOf(coins(30, 1, "sure"));
    expect(low).toBeLessThan(0.98);
    expect(high).toBeGreaterThan(0.98);
  });

  it("leaves out weightings in which the statistic is not defined", () => {
    let calls = 0;
    const half = (sums: Float64Array) => (calls++ % 2 === 0 ? shareOf(sums) : null);
    expect(bootstrapInterval(observations, half, { seed: 3 })).toHaveProperty("low");
    expect(bootstrapInterval(observations, () => null, { seed: 3 })).toBe("no_resamples");
  });

  it("has none for fewer than five clusters", () => {
    expect(bootstrapInterval(coins(4, 0.5, "few"), shareOf, { seed: 1 })).toBe("too_few_prompts");
    const clusters = observations.rows.map((_, row) => row % 4);
    expect(bootstrapInterval({ ...observations, clusters }, shareOf, { seed: 1 })).toBe(
      "too_few_prompts",
    );
  });

  it("is the same to the last bit for clusters of one row", () => {
    const clusters = observations.rows.map((_, row) => `row ${row}`);
    expect(intervalOf({ ...observations, clusters })).toEqual(intervalOf(observations));
  });
});

describe("quantile", () => {
  it("interpolates between neighbours", () => {
    const values = Float64Array.of(1, 2, 4);
    expect([0, 0.25, 0.5, 0.75, 1].map((share) => quantile(values, share))).toEqual([
      1, 1.5, 2, 3, 4,
    ]);
  });
});
