import { describe, expect, it } from "vitest";
import { createPace } from "./pace.ts";

describe("a pace", () => {
  it("lets requests leave evenly", () => {
    const pace = createPace(10);
    pace.resumeAt(1_000);
    expect(pace.waitMs(950)).toBe(50);
    pace.sent(1_000);
    expect(pace.waitMs(1_000)).toBeCloseTo(100);
  });

  it("makes up for a timer that is late, and not for a pause", () => {
    const pace = createPace(10);
    pace.resumeAt(0);
    expect(pace.sent(15)).toBe(15);
    expect(pace.waitMs(15)).toBeCloseTo(85);
    expect(pace.sent(5_000)).toBeCloseTo(4_900);
    expect(pace.waitMs(5_000)).toBeCloseTo(80);
  });

  it("lets none leave while it is held", () => {
    const pace = createPace(10);
    pace.resumeAt(0);
    pace.holdUntil(3_000);
    pace.holdUntil(2_000);
    expect(pace.waitMs(1_000)).toBe(2_000);
  });

  it("holds nothing back before there is one", () => {
    const pace = createPace(Infinity);
    pace.sent(0);
    expect(pace.waitMs(0)).toBe(0);
  });
});
