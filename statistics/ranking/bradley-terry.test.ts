import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bradleyTerry } from "./bradley-terry.ts";

describe("bradleyTerry", () => {
  it("gives two items the log-odds of their wins", () => {
    const [one, other] = bradleyTerry([
      [0, 30],
      [10, 0],
    ]) as number[];
    expect(one! - other!).toBeCloseTo(Math.log(3), 8);
    expect(one! + other!).toBeCloseTo(0, 8);
  });

  it("agrees with gradient ascent on the same likelihood (in Python)", () => {
    const wins = [
      [0, 7, 9.5],
      [3, 0, 6],
      [0.5, 4, 0],
    ];
    const strengths = bradleyTerry(wins) as number[];
    for (const [item, expected] of [1.062177116, -0.168189154, -0.893987962].entries()) {
      expect(strengths[item]).toBeCloseTo(expected, 5);
    }
  });

  it("has none where an item never lost, or was never compared with the others", () => {
    expect(
      bradleyTerry([
        [0, 5],
        [0, 0],
      ]),
    ).toBe("separated");
    expect(
      bradleyTerry([
        [0, 2, 0],
        [2, 0, 0],
        [0, 0, 0],
      ]),
    ).toBe("separated");
  });

  it("expects as many wins of every item as it has", () => {
    const count = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(fc.array(count, { minLength: 12, maxLength: 12 }), (counts) => {
        const wins = [0, 1, 2, 3].map((row) =>
          [0, 1, 2, 3].map((column) => {
            if (row === column) return 0;
            return counts[row * 3 + (column < row ? column : column - 1)]!;
          }),
        );
        const strengths = bradleyTerry(wins) as number[];
        for (const [item, own] of wins.entries()) {
          const expected = wins.reduce((sum, other, index) => {
            if (index === item) return sum;
            const met = own[index]! + other[item]!;
            return sum + met / (1 + Math.exp(strengths[index]! - strengths[item]!));
          }, 0);
          expect(expected).toBeCloseTo(
            own.reduce((sum, value) => sum + value, 0),
            4,
          );
        }
      }),
      { numRuns: 50 },
    );
  });
});
