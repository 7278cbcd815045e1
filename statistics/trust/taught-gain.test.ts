import { describe, expect, it } from "vitest";
import { leastDifferences, measureTaughtGain, taughtLevel } from "./taught-gain.ts";

const row = (prompt: string, wasRight: boolean, isRight: boolean) => ({
  prompt,
  wasRight,
  isRight,
});
const gains = (count: number, name = "gain") =>
  Array.from({ length: count }, (_, index) => row(`${name} ${index}`, false, true));

describe("the gain of a taught evaluator", () => {
  it("is tested exactly, over the rows whose verdict became right or wrong", () => {
    const rows = [...gains(8), row("lost", true, false), row("same", true, true)];
    expect(measureTaughtGain(rows)).toEqual({
      heldOut: 10,
      prompts: 10,
      gained: 8,
      lost: 1,
      // (1 + 9) / 2^9
      p: expect.closeTo(10 / 512, 12),
    });
  });

  it("counts a prompt once, however many rows it has", () => {
    const rows = Array.from({ length: 50 }, () => row("one", false, true));
    expect(measureTaughtGain(rows)).toMatchObject({ gained: 50, prompts: 1, p: 0.5 });
  });

  it("is none where nothing changed", () => {
    expect(measureTaughtGain([row("one", true, true)]).p).toBe(1);
    expect(measureTaughtGain([]).p).toBe(1);
  });

  it.each([
    [1, 5],
    [2, 6],
  ])("of %s proposals can be shown by %s prompts that differ, and by no fewer", (of, least) => {
    expect(leastDifferences(of)).toBe(least);
    expect(measureTaughtGain(gains(least)).p).toBeLessThanOrEqual(taughtLevel(of));
    expect(measureTaughtGain(gains(least - 1)).p).toBeGreaterThan(taughtLevel(of));
  });
});
