import { describe, expect, it } from "vitest";
import {
  bucket,
  fixedWindow,
  slidingWindow,
  type Provider,
} from "../../tests/simulated-provider.ts";
import { fitLimit } from "./fit-limit.ts";
import type { Stretch } from "./request-log.ts";

/** Requests ever faster, as at the start of a run, until so long after the first refusal. */
function rampInto(provider: Provider, afterMs: number): Stretch[] {
  const sent: Stretch[] = [];
  let perSecond = 16;
  let until = 30_000;
  for (let now = 0; now < until; now += 1_000 / perSecond) {
    const refused = provider(now, 0) === null ? 0 : 1;
    if (refused === 1) until = Math.min(until, now + afterMs);
    sent.push({ from: now, to: now, count: 1, refused });
    perSecond *= 2 ** (1.4 / perSecond);
  }
  return sent;
}

describe.each([20, 200])("a limit of %i a second", (perSecond) => {
  it.each([
    ["a bucket of 1", () => bucket(perSecond, 1)],
    ["a bucket of 10", () => bucket(perSecond, 10)],
    ["a bucket of a second", () => bucket(perSecond, perSecond)],
    ["a sliding window", () => slidingWindow(perSecond, 1_000)],
    ["a fixed window", () => fixedWindow(perSecond, 1_000)],
  ])("is known from two seconds of refusals by %s", (_, provider) => {
    const fit = fitLimit(rampInto(provider(), 2_000), null);
    expect((fit?.perSecond ?? 0) / perSecond).toBeGreaterThan(0.93);
    expect((fit?.perSecond ?? 0) / perSecond).toBeLessThan(1.07);
    expect(fit?.isExplained).toBe(true);
  });
});

describe("fitLimit", () => {
  it("takes the limit for one by the second, and says which others would do", () => {
    const fit = fitLimit(rampInto(slidingWindow(100, 1_000), 0), null);
    expect(fit).toMatchObject({ perSecond: 100, depthMs: 1_000, isRich: false });
    expect(fit?.highestPerSecond).toBeGreaterThan(105);
  });

  it("tells ten seconds from one by what was refused in between", () => {
    const provider = slidingWindow(200, 10_000);
    const sent = rampInto(provider, 50);
    for (let now = 4_000; now < 13_000; now += 200) {
      sent.push({ from: now, to: now, count: 1, refused: provider(now, 0) === null ? 0 : 1 });
    }
    expect(fitLimit(sent, null)).toMatchObject({ perSecond: 20, depthMs: 10_000 });
  });

  it("prefers the rate that is expected, other things equal", () => {
    const sent = rampInto(bucket(100, 40), 0);
    const high = fitLimit(sent, 150);
    const low = fitLimit(sent, 50);
    expect(high?.perSecond).toBeGreaterThan(1.3 * (low?.perSecond ?? Infinity));
  });

  it("does not explain what no limit explains", () => {
    const sent = Array.from({ length: 400 }, (_, index) => ({
      from: index * 25,
      to: index * 25,
      count: 1,
      refused: Math.floor(index / 40) % 2 === 0 && index % 3 === 0 ? 1 : 0,
    }));
    expect(fitLimit(sent, null)?.isExplained).toBe(false);
  });

  it("knows nothing where nothing was taken", () => {
    expect(fitLimit([], null)).toBeNull();
    expect(fitLimit([{ from: 0, to: 0, count: 1, refused: 1 }], null)).toBeNull();
  });
});
