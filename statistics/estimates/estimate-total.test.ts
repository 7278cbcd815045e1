import { describe, expect, it } from "vitest";
import { emptySample, estimateTotal, withValue } from "./estimate-total.ts";
import { createRandom } from "./seeded-random.ts";

const sampleOf = (values: readonly number[]) => values.reduce(withValue, emptySample);

/**
 * Signatures on 50 of 676 sheets of a petition: how many, on how many sheets (Cochran, table 2.2).
 */
const petition = [
  [42, 23],
  [41, 4],
  [36, 1],
  [32, 1],
  [29, 1],
  [27, 2],
  [23, 1],
  [19, 1],
  [16, 2],
  [15, 2],
  [14, 1],
  [11, 1],
  [10, 1],
  [9, 1],
  [7, 1],
  [6, 3],
  [5, 2],
  [4, 1],
  [3, 1],
] as const;

describe("estimateTotal", () => {
  it("is Cochran's worked example: signatures of a petition, 80 % limits", () => {
    const sheets = petition.flatMap(([signatures, count]) =>
      Array.from({ length: count }, () => signatures),
    );
    const sample = sampleOf(sheets);
    expect(sample.n).toBe(50);
    expect(sample.squares / 49).toBeCloseTo(229, 0);
    const { value, low, high } = estimateTotal(sample, 676, 1.28);
    expect(Math.round(value)).toBe(19_888);
    // The book rounds the deviation to 15.13 before it goes on.
    expect(Math.abs(low - 18_107)).toBeLessThan(2);
    expect(Math.abs(high - 21_669)).toBeLessThan(2);
  });

  it("is certain of a population that was seen whole, and of one whose units are all alike", () => {
    const whole = estimateTotal(sampleOf([3, 5, 10]), 3);
    for (const figure of [whole.value, whole.low, whole.high]) expect(figure).toBeCloseTo(18, 10);
    expect(estimateTotal(sampleOf([7, 7, 7]), 100)).toEqual({ value: 700, low: 700, high: 700 });
  });

  it("does not go below what was counted", () => {
    const { low } = estimateTotal(sampleOf([0, 0, 0, 100]), 5);
    expect(low).toBe(100);
  });

  it("holds the true total in about 95 of 100 samples", () => {
    const random = createRandom(7);
    const population = Array.from({ length: 400 }, () => 5 + 10 * random());
    const total = population.reduce((sum, one) => sum + one, 0);
    let held = 0;
    for (let trial = 0; trial < 1_000; trial += 1) {
      const shuffled = population.map((one) => [random(), one] as const);
      shuffled.sort(([one], [other]) => one - other);
      const { low, high } = estimateTotal(sampleOf(shuffled.slice(0, 50).map(([, x]) => x)), 400);
      if (low <= total && total <= high) held += 1;
    }
    expect(held).toBeGreaterThan(925);
    expect(held).toBeLessThan(970);
  });
});
