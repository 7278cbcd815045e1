import { describe, expect, it } from "vitest";
import { createHalfOpenProbe } from "./half-open-probe.ts";

function halfOpenProbe(taken = 0) {
  return createHalfOpenProbe(
    100,
    () => 50,
    () => taken,
  );
}

describe("a half-open probe", () => {
  it("is open until everything is refused", () => {
    expect(halfOpenProbe().isClosed).toBe(false);
  });

  it("is asked by single requests, ever more seldom", () => {
    const closed = halfOpenProbe();
    closed.refused(0, null);
    expect(closed.waitMs(0)).toBe(100);
    closed.asked(7, 100);
    closed.refused(150, null);
    expect(closed.waitMs(150)).toBe(200);
    closed.asked(8, 10_000);
    closed.refused(10_000, null);
    expect(closed.waitMs(10_000)).toBe(1_500);
    expect(closed.isClosed).toBe(true);
  });

  it("is asked when the provider says", () => {
    const closed = halfOpenProbe();
    closed.refused(0, 34_000);
    expect(closed.waitMs(4_000)).toBe(30_000);
  });

  it("is not asked in a storm where the provider says at once, and goes on refusing", () => {
    const closed = halfOpenProbe();
    let [now, asked] = [0, 0];
    for (; now < 3_000; asked += 1) {
      closed.refused(now, 0);
      now += closed.waitMs(now);
      closed.asked(asked, now);
    }
    expect(asked).toBeLessThan(8);
  });

  it("asks more often where much was taken before, since it costs a smaller share", () => {
    const pauseAfter = (taken: number): number => {
      const closed = halfOpenProbe(taken);
      for (const now of [0, 1, 2, 3, 4, 5]) closed.refused(now, null);
      return closed.waitMs(5);
    };
    expect(pauseAfter(10)).toBe(3_200);
    expect(pauseAfter(6_000)).toBe(500);
  });

  it("takes a question for taken that is not refused in time", () => {
    const closed = halfOpenProbe();
    closed.refused(0, null);
    closed.asked(7, 100);
    expect(closed.isAsking(7)).toBe(true);
    expect(closed.isAsking(6)).toBe(false);
    expect(closed.waitMs(120)).toBe(30);
    expect(closed.hasAsked).toBe(true);
    closed.open();
    expect(closed.isClosed).toBe(false);
    expect(closed.hasAsked).toBe(false);
  });
});
