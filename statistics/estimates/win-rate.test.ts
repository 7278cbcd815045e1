import { describe, expect, it } from "vitest";
import { winRate } from "./win-rate.ts";

describe("winRate", () => {
  it("divides wins by decided and tied rows", () => {
    const rate = winRate({ a: 324, b: 168, tie: 8, none: 0 });
    expect(rate.a?.value).toBe(324 / 500);
    expect(rate.b?.value).toBe(168 / 500);
    expect(rate.a!.low).toBeGreaterThan(rate.b!.high);
  });

  it("leaves rows without a verdict out of the rate", () => {
    expect(winRate({ a: 3, b: 1, tie: 1, none: 95 })).toEqual(
      winRate({ a: 3, b: 1, tie: 1, none: 0 }),
    );
  });

  it("has no rate where nothing was decided or tied", () => {
    expect(winRate({ a: 0, b: 0, tie: 0, none: 12 })).toEqual({ a: null, b: null });
  });
});
