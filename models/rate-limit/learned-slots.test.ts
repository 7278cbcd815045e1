import { describe, expect, it } from "vitest";
import { createRandom } from "../../statistics/estimates/seeded-random.ts";
import { createLearnedSlots } from "./learned-slots.ts";

/** Answers of a server with so many slots, at each number of open requests some. */
function learned(slots: number, numbers: readonly number[], spread = 0): number {
  const random = createRandom("answers");
  const known = createLearnedSlots();
  for (const open of numbers) {
    for (let answer = 0; answer < 40; answer += 1) {
      const ms = 500 * (1 + spread * (random() - 0.5));
      known.answered(open, ms * Math.max(1, open / slots));
    }
  }
  return known.slots;
}

describe("slots learned from the times of answers", () => {
  it.each([
    [8, [1, 4, 8, 12, 20]],
    [64, [8, 16, 50, 100, 130]],
    [200, [16, 150, 250, 400]],
  ])("are found: %i", (slots, numbers) => {
    expect(learned(slots, numbers) / slots).toBeCloseTo(1.05, 1);
    const uneven = learned(slots, numbers, 1.5);
    expect(uneven / slots).toBeGreaterThan(0.9);
    expect(uneven / slots).toBeLessThan(1.25);
  });

  it("are not known while no answer has had to wait", () => {
    expect(learned(64, [1, 8, 30, 60])).toBe(Infinity);
    expect(learned(64, [1, 8, 30, 60], 1.5)).toBe(Infinity);
    expect(createLearnedSlots().slots).toBe(Infinity);
  });
});
