import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binomialUpperTail } from "../estimates/binomial-tail.ts";
import { learnMargin, leastJudged, mostJudged, type JudgedByBoth } from "./learn-margin.ts";

/** Pairs with this margin, of which the strong step decides some otherwise. */
function pairs(count: number, margin: number | null, overruled = 0): JudgedByBoth[] {
  return Array.from({ length: count }, (_, index) => {
    const cheap = index % 2 === 0 ? "a" : "b";
    const other = cheap === "a" ? "b" : "a";
    return { cheap, margin, strong: index < overruled ? other : cheap };
  });
}

describe("learnMargin", () => {
  it("waits for enough pairs", () => {
    expect(learnMargin(pairs(leastJudged - 1, 5), 2)).toBeNull();
    expect(learnMargin(pairs(leastJudged, 5), 2)).toBe(0);
  });

  it("sends at most 40 % of the pairs on where the bounds hold", () => {
    const spread = (close: number, closer: number) => [
      ...pairs(100 - close - closer, 5),
      ...pairs(close, 2),
      ...pairs(closer, 1),
    ];
    expect(learnMargin(spread(20, 20), 2)).toBe(2);
    expect(learnMargin(spread(21, 20), 2)).toBe(1);
    expect(learnMargin(spread(21, 41), 2)).toBe(0);
    const wide = spread(20, 20).map((one) => ({ ...one, margin: 10 * (one.margin ?? 0) }));
    expect(learnMargin(wide, 20)).toBe(20);
  });

  it("sends more on where the bounds ask for it", () => {
    // 12 of 100 have 19.8 % as their upper bound, 13 have 21 %.
    expect(learnMargin([...pairs(50, 5), ...pairs(50, 1, 12)], 2)).toBe(0);
    expect(learnMargin([...pairs(50, 5), ...pairs(50, 1, 13)], 2)).toBe(1);
    // Of the 40 that stay, 5 have 26.1 % as their upper bound, 4 have 23.1 %.
    const close = pairs(60, 1, 20);
    expect(learnMargin([...close, ...pairs(36, 5), ...pairs(4, 5, 4)], 2)).toBe(1);
    expect(learnMargin([...close, ...pairs(35, 5), ...pairs(5, 5, 5)], 2)).toBe("every");
  });

  it("waits for more pairs where too few are known", () => {
    expect(learnMargin([...pairs(26, 5), ...pairs(4, 5, 4)], 2)).toBeNull();
    expect(learnMargin([...pairs(20, 5), ...pairs(20, 1, 8)], 2)).toBeNull();
  });

  it("counts neither pairs that go on nor those that the cheap step calls a tie", () => {
    const tied = pairs(20, null, 20).map((one) => ({ ...one, cheap: "tie" as const }));
    expect(learnMargin([...pairs(60, 4), ...pairs(20, 1, 20), ...tied], 2)).toBe(1);
  });

  it("lets every pair go on where no margin helps", () => {
    expect(learnMargin([...pairs(80, 5), ...pairs(20, null, 20)], 2)).toBe("every");
  });

  it("refuses a step that agrees no better than chance, once it has seen enough", () => {
    expect(learnMargin(pairs(60, 5, 30), 2)).toBeNull();
    expect(learnMargin(pairs(100, 5, 50), 2)).toBe("refused");
    expect(learnMargin(pairs(100, 1, 50), 2)).toBe("refused");
    const always = pairs(100, 5).map((one) => ({ ...one, cheap: "a" as const }));
    expect(learnMargin(always, 2)).toBe("refused");
  });

  it("takes a step that knows nothing for one that does in a few of a hundred runs at most", () => {
    let seed = 1;
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    const looks = [30, 45, 60, 75, 90, 100];
    let taken = 0;
    for (let run = 0; run < 1_000; run += 1) {
      const judged = Array.from({ length: mostJudged }, (): JudgedByBoth => ({
        cheap: random() < 0.5 ? "a" : "b",
        margin: random() * 5,
        strong: random() < 0.5 ? "a" : "b",
      }));
      const learned = looks
        .map((count) => learnMargin(judged.slice(0, count), 2))
        .find((one) => one !== null);
      if (learned !== "refused") taken += 1;
    }
    expect(taken).toBeLessThan(60);
  });
});

describe("binomialUpperTail", () => {
  it.each([
    // scipy.stats.binom.sf(successes - 1, trials, share)
    [60, 100, 0.5, 0.02844396682049044],
    [9, 10, 0.9, 0.7360989291],
    [1, 50, 0.01, 0.39499393286246354],
    [0, 5, 0.2, 1],
    [6, 5, 0.2, 0],
  ])("gives P(X >= %i) of %i trials with %f", (successes, trials, share, expected) => {
    expect(binomialUpperTail(successes, trials, share)).toBeCloseTo(expected, 10);
  });

  it("falls as more successes are asked for, within 0 and 1", () => {
    fc.assert(
      fc.property(
        fc.nat(200),
        fc.nat(200),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (one, trials, share) => {
          const tail = binomialUpperTail(one, trials, share);
          expect(tail).toBeGreaterThanOrEqual(0);
          expect(tail).toBeLessThanOrEqual(1);
          expect(binomialUpperTail(one + 1, trials, share)).toBeLessThanOrEqual(tail + 1e-12);
        },
      ),
    );
  });
});
