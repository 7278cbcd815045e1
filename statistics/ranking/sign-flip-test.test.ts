import { describe, expect, it } from "vitest";
import { createRandom } from "../estimates/seeded-random.ts";
import { signFlipPValue } from "./sign-flip-test.ts";

const rows = (...values: number[]) => values.map((value, cluster) => ({ value, cluster }));
const times = (value: number, count: number) => Array.from({ length: count }, () => value);

describe("signFlipPValue", () => {
  // scipy.stats.binomtest(wins, wins + losses).pvalue
  it.each([
    [10, 0, 0.001953125],
    [8, 2, 0.109375],
    [15, 5, 0.04138946533203125],
    [60, 40, 0.05688793364098078],
    [6, 6, 1],
  ])("is the sign test's of %i wins and %i losses, whatever the ties", (wins, losses, p) => {
    expect(signFlipPValue(rows(...times(1, wins), ...times(-1, losses)))).toBeCloseTo(p, 10);
    const tied = rows(...times(1, wins), ...times(0, 7), ...times(-1, losses));
    expect(signFlipPValue(tied)).toBeCloseTo(p, 10);
  });

  it("takes the rows of one prompt together", () => {
    const one = times(1, 8).map((value) => ({ value, cluster: "one" }));
    expect(signFlipPValue(one)).toBe(1);
    // Prompts of 2, 2 and 1: of the 8 signs, two give a total of 5 or -5.
    const three = [1, 1, 2, 2, 3].map((cluster) => ({ value: 1, cluster }));
    expect(signFlipPValue(three)).toBeCloseTo(2 / 8, 12);
  });

  it("counts all signs of fractions too, and is normal where these are many", () => {
    // Of the 16 signs of .1, .2, .3 and .4, those with .8 or more: all +, and -.1; and the reverse.
    expect(signFlipPValue(rows(0.4, -0.1, 0.2, 0.3))).toBeCloseTo(4 / 16, 12);
    const random = createRandom("tokens");
    const many = rows(...times(0, 60).map(() => 100 + 10 * random()));
    expect(signFlipPValue(many)).toBeLessThan(1e-10);
    const symmetric = rows(...times(0, 30).flatMap((_, index) => [index + 0.5, -index - 0.5]));
    expect(signFlipPValue(symmetric)).toBeCloseTo(1, 10);
  });

  it("is 1 where nothing differs", () => {
    expect(signFlipPValue([])).toBe(1);
    expect(signFlipPValue(rows(0, 0, 0))).toBe(1);
  });
});
