import fc from "fast-check";
import { describe, expect, it } from "vitest";
import fixture from "../fixtures/bias.json" with { type: "json" };
import { wilsonInterval } from "./wilson.ts";

describe("wilsonInterval", () => {
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("gives Newcombe's interval for %i of %i (1998, table I, method 3)", (wins, n, low, high) => {
    const estimate = wilsonInterval(wins, n);
    expect(estimate?.value).toBe(wins / n);
    expect(estimate?.low).toBeCloseTo(low, 4);
    expect(estimate?.high).toBeCloseTo(high, 4);
  });

  it("agrees with statsmodels", () => {
    expect(fixture.wilson.length).toBeGreaterThan(5);
    for (const { successes, trials, low, high } of fixture.wilson) {
      const estimate = wilsonInterval(successes, trials);
      expect(estimate?.low).toBeCloseTo(low, 12);
      expect(estimate?.high).toBeCloseTo(high, 12);
    }
  });

  it("has no figure without trials", () => {
    expect(wilsonInterval(0, 0)).toBeNull();
  });

  it("holds its value, stays in [0, 1] and mirrors when wins and losses change places", () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(5000), (successes, failures) => {
        fc.pre(successes + failures > 0);
        const wins = wilsonInterval(successes, successes + failures)!;
        const losses = wilsonInterval(failures, successes + failures)!;
        expect(wins.low).toBeGreaterThanOrEqual(0);
        expect(wins.low).toBeLessThanOrEqual(wins.value);
        expect(wins.high).toBeGreaterThanOrEqual(wins.value);
        expect(wins.high).toBeLessThanOrEqual(1);
        expect(wins.low).toBeCloseTo(1 - losses.high, 12);
      }),
    );
  });
});
