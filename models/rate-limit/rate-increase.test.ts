import { describe, expect, it } from "vitest";
import { createClimb } from "./rate-increase.ts";
import type { LimitFit } from "./fit-limit.ts";

const fit: LimitFit = {
  shape: "bucket",
  perSecond: 100,
  highestPerSecond: 100,
  depthMs: 1_000,
  isExplained: true,
  isRich: true,
};
const confirmed = { isConfirmed: true, steadyMs: 1_000 };

/** The pace after so many seconds of use. */
function paceAfter(seconds: number, given: LimitFit, lostMs = 0, refusalMs = 0): number {
  const climb = createClimb(() => refusalMs);
  let pace = climb.follow(given, 0, confirmed);
  climb.start(0, lostMs);
  for (let now = 0; now <= seconds * 1_000; now += 10) pace = climb.next(pace, now);
  return pace;
}

describe("a climb", () => {
  it("starts a little below the limit, and stays there while that is certain", () => {
    expect(paceAfter(9, fit)).toBe(97);
    expect(paceAfter(12, fit)).toBeGreaterThan(97);
  });

  it("goes at once to what may be the limit as well", () => {
    const pace = paceAfter(4.5, { ...fit, highestPerSecond: 200 });
    expect(pace).toBeGreaterThanOrEqual(190);
    expect(pace).toBeLessThan(200);
  });

  it("asks the more seldom, the longer a refusal stops all", () => {
    expect(paceAfter(30, fit, 1_000)).toBe(97);
    expect(paceAfter(36, fit, 1_000)).toBeGreaterThan(97);
  });

  it("finds a limit that was doubled, in some seconds after the quiet", () => {
    expect(paceAfter(30, fit)).toBeGreaterThan(200);
  });

  it("rises slowly where refusals come late", () => {
    expect(paceAfter(20, fit, 0, 2_000)).toBeLessThan(paceAfter(20, fit) - 2);
  });

  it("knows when it has outgrown what is known", () => {
    const climb = createClimb(() => 100);
    let pace = climb.follow(fit, 0, confirmed);
    climb.start(0, 0);
    expect(climb.isSure).toBe(true);
    for (let now = 0; now <= 15_000; now += 10) pace = climb.next(pace, now);
    expect(climb.isOutgrown(15_000)).toBe(false);
    for (let now = 15_000; now <= 40_000; now += 10) pace = climb.next(pace, now);
    expect(climb.isOutgrown(40_000)).toBe(true);
  });

  it("is not sure of what is unconfirmed, unexplained or one of many", () => {
    const climb = createClimb(() => 100);
    climb.follow(fit, 0, { ...confirmed, isConfirmed: false });
    expect(climb.isSure).toBe(false);
    climb.follow({ ...fit, isExplained: false }, 0, confirmed);
    expect(climb.isSure).toBe(false);
    climb.follow({ ...fit, highestPerSecond: 130 }, 0, confirmed);
    expect(climb.isSure).toBe(false);
  });
});
