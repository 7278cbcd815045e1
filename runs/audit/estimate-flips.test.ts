import { describe, expect, it } from "vitest";
import { createRandom } from "../../statistics/estimates/seeded-random.ts";
import { estimateFlips } from "./estimate-flips.ts";

/** Verdicts that are wrong ever more seldom the clearer they are, over a set with flipped labels. */
function plant({ pairs, flipped, seed }: { pairs: number; flipped: number; seed: string }) {
  const random = createRandom(seed);
  return Array.from({ length: pairs }, () => {
    const size = Math.ceil(random() * 10) / 20;
    const isWrong = random() < 0.45 * Math.max(0, 1 - size / 0.3);
    const isFlipped = random() < flipped;
    return { leaning: isWrong === isFlipped ? -size : size, isFlipped };
  });
}

describe("estimateFlips", () => {
  it.each([0.05, 0.1, 0.2, 0.3])(
    "recovers precision and recall at a planted share of %d",
    (flipped) => {
      const rows = plant({ pairs: 6000, flipped, seed: `planted:${flipped}` });
      const estimate = estimateFlips(rows.map(({ leaning }) => leaning));
      expect(estimate?.share).toBeGreaterThan(flipped - 0.02);
      expect(estimate?.share).toBeLessThan(flipped + 0.02);
      for (const threshold of [0, 0.1, 0.2, 0.25]) {
        const flagged = rows.filter(({ leaning }) => leaning > threshold);
        const found = flagged.filter(({ isFlipped }) => isFlipped).length;
        const all = rows.filter(({ isFlipped }) => isFlipped).length;
        expect(
          Math.abs((estimate?.at(threshold)?.precision ?? 0) - found / flagged.length),
        ).toBeLessThan(0.1);
        expect(Math.abs((estimate?.at(threshold)?.recall ?? 0) - found / all)).toBeLessThan(0.1);
      }
      const threshold = estimate?.thresholdFor(0.8) ?? 1;
      const flagged = rows.filter(({ leaning }) => leaning > threshold);
      expect(flagged.filter(({ isFlipped }) => isFlipped).length / flagged.length).toBeGreaterThan(
        0.7,
      );
    },
  );

  it("says nothing of few pairs, of verdicts of one strength, and of labels at random", () => {
    const leanings = plant({ pairs: 49, flipped: 0.1, seed: "few" }).map(({ leaning }) => leaning);
    expect(estimateFlips(leanings)).toBeNull();
    expect(
      estimateFlips(Array.from({ length: 200 }, (_, at) => (at % 5 === 0 ? 1 : -1))),
    ).toBeNull();
    const random = plant({ pairs: 2000, flipped: 0.5, seed: "random" });
    expect(estimateFlips(random.map(({ leaning }) => leaning))).toBeNull();
  });

  it("flags nothing in a set that the evaluator agrees with throughout", () => {
    const leanings = Array.from({ length: 200 }, (_, at) => -0.1 * (1 + (at % 4)));
    const estimate = estimateFlips(leanings);
    expect(estimate?.share).toBeLessThan(0.02);
    expect(estimate?.at(0)).toBeNull();
    expect(estimate?.thresholdFor(0.6)).toBeNull();
  });
});
