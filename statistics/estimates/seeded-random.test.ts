import { describe, expect, it } from "vitest";
import { createRandom, xoshiro128StarStar } from "./seeded-random.ts";

describe("xoshiro128StarStar", () => {
  it("gives the words of the authors' C program from state 1, 2, 3, 4", () => {
    const nextWord = xoshiro128StarStar([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, nextWord)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ]);
  });
});

describe("createRandom", () => {
  it("repeats itself for one seed and differs for another", () => {
    const draw = (seed: number | string) => Array.from({ length: 5 }, createRandom(seed));
    expect(draw("judge")).toEqual(draw("judge"));
    expect(draw(7)).toEqual(draw("7"));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it("stays in [0, 1) and fills it evenly", () => {
    const draws = 100_000;
    const values = Array.from({ length: draws }, createRandom("evenness"));
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const value of values) tenths[Math.floor(value * 10)]! += 1;
    const expected = draws / 10;
    const chiSquared = tenths.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // The 99.9 % point of chi-squared with 9 degrees of freedom.
    expect(chiSquared).toBeLessThan(27.88);
  });
});
