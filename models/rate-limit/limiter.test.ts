import { describe, expect, it } from "vitest";
import {
  bucket,
  changing,
  fixedWindow,
  openAtMost,
  overloaded,
  simulate,
  slidingWindow,
  statedBucket,
  statedWindow,
  type Hint,
  type Provider,
  type Spread,
} from "../../tests/simulated-provider.ts";
import { createGivenLimits } from "./given-limits.ts";
import { createLimiter } from "./limiter.ts";

const shapes: Readonly<Record<string, (perSecond: number) => Provider>> = {
  "a bucket of 10": (perSecond) => bucket(perSecond, 10),
  "a bucket of a second": (perSecond) => bucket(perSecond, perSecond),
  "a sliding window": (perSecond) => slidingWindow(perSecond, 1_000),
  "a fixed window": (perSecond) => fixedWindow(perSecond, 1_000),
};

const uneven: Spread = (random) => 100 + 800 * random();
const quick: Spread = (random) => 20 + 80 * random();

describe.each(Object.entries(shapes))("%s that is not stated", (_, shape) => {
  it.each<[number, Hint, string, Spread, Spread]>([
    [20, "none", "20 ms", () => 20, () => 20],
    [20, "seconds", "200 ms", () => 200, () => 200],
    [20, "exact", "1 s", () => 1_000, () => 1_000],
    [20, "date", "uneven times", uneven, quick],
    [50, "none", "1 s", () => 1_000, () => 1_000],
    [50, "seconds", "uneven times", uneven, quick],
    [50, "exact", "20 ms", () => 20, () => 20],
    [200, "none", "uneven times", uneven, quick],
    [200, "exact", "200 ms", () => 200, () => 200],
    [200, "date", "20 ms", () => 20, () => 20],
    [200, "seconds", "1 s, refused at once", () => 1_000, () => 20],
  ])("is used to nine tenths at %i a second, hints: %s, answers after %s", (...given) => {
    const [perSecond, hint, , latencyMs, refusalMs] = given;
    const simulation = { callers: 256, seconds: 60, hint, latencyMs, refusalMs };
    const { goodput, requestsPerTaken, hintsBroken } = simulate(shape(perSecond), simulation);
    expect(goodput / perSecond).toBeGreaterThan(0.9);
    expect(requestsPerTaken).toBeLessThan(1.15);
    expect(hintsBroken).toBe(0);
  });
});

describe("a limiter of a provider that states its limit", () => {
  it.each([
    ["a bucket of a minute", () => statedBucket(10, 600), 10, 0],
    ["a small bucket", () => statedBucket(20, 30), 20, 0],
    ["a bucket of 10,000 a minute", () => statedBucket(167, 10_000), 167, 0],
    ["a minute of the clock", () => statedWindow(600, 60_000), 10, 0],
    ["ten seconds of the clock", () => statedWindow(500, 10_000), 50, 0],
    ["tokens of a minute of the clock", () => statedWindow(30_000, 60_000, 50), 10, 50],
  ])("uses it with hardly a refusal: %s", (_, open, perSecond, tokens) => {
    for (const latencyMs of [() => 200, uneven]) {
      const { provider, states } = open();
      const measured = { callers: 256, seconds: 300, fromSecond: 120, latencyMs, states, tokens };
      const { goodput, requestsPerTaken } = simulate(provider, measured);
      expect(goodput / perSecond).toBeGreaterThan(0.93);
      expect(requestsPerTaken).toBeLessThan(1.03);
    }
  });

  it("asks after a minute where a statement says to wait for a day", () => {
    const limiter = createLimiter();
    const ticket = limiter.take(0, 0);
    const none = { counts: "requests", limit: 100, remaining: 0, resetMs: 86_400_000 } as const;
    limiter.stated(ticket, 100, [{ name: "rate-day", ...none }]);
    limiter.accepted(ticket, 100, null);
    expect(limiter.waitMs(100)).toBeGreaterThan(30_000);
    expect(limiter.waitMs(60_000)).toBe(0);
  });
});

describe("a limiter", () => {
  it.each<[string, Hint]>([
    ["a bucket of a second", "none"],
    ["a bucket of a second", "seconds"],
    ["a bucket of 10", "seconds"],
    ["a sliding window", "seconds"],
    ["a sliding window", "exact"],
    ["a fixed window", "none"],
    ["a fixed window", "seconds"],
  ])("uses 1,000 requests a second of %s, hints: %s", (shape, hint) => {
    const measured = { callers: 1_024, seconds: 60, hint };
    const provider = shapes[shape]?.(1_000) ?? (() => null);
    const { goodput, requestsPerTaken, hintsBroken } = simulate(provider, measured);
    expect(goodput).toBeGreaterThan(900);
    expect(requestsPerTaken).toBeLessThan(1.15);
    expect(hintsBroken).toBe(0);
  });

  it("does not crawl where refusals have nothing to do with the rate", () => {
    const waitMs: Spread = (random) => 2_500 + 500 * random();
    const provider = overloaded(0.6, waitMs);
    const measured = { callers: 64, seconds: 600, fromSecond: 540, hint: "exact" } as const;
    const { goodput, requestsPerTaken, hintsBroken } = simulate(provider, measured);
    // All 64 may be sent every 3 seconds, and each is sent 1.6 times.
    expect(goodput).toBeGreaterThan((0.8 * 64) / 3 / 1.6);
    expect(requestsPerTaken).toBeLessThan(1.7);
    expect(hintsBroken).toBe(0);
  });

  it("uses a provider that takes requests one by one", () => {
    const { goodput, requestsPerTaken } = simulate(bucket(20, 1), { callers: 256, seconds: 60 });
    expect(goodput).toBeGreaterThan(18);
    expect(requestsPerTaken).toBeLessThan(1.15);
  });

  it.each([
    ["ten seconds", slidingWindow(200, 10_000), 120],
    ["a minute", slidingWindow(1_200, 60_000), 300],
    ["a minute of the clock", fixedWindow(1_200, 60_000), 300],
  ])("learns a limit over %s from the first one", (_, provider, seconds) => {
    // How much of the first window is gone after ten seconds is chance: all of it is measured.
    const measured = { callers: 256, seconds, fromSecond: 0 };
    const { goodput, requestsPerTaken } = simulate(provider, measured);
    expect(goodput).toBeGreaterThan(18);
    expect(requestsPerTaken).toBeLessThan(1.15);
  });

  it.each([
    ["halved", 100, 50],
    ["doubled", 50, 100],
  ])("follows a limit that is %s", (_, before, after) => {
    const provider = changing(30_000, bucket(before, before), bucket(after, after));
    const measured = { callers: 256, seconds: 120, fromSecond: 60 };
    const { goodput, requestsPerTaken } = simulate(provider, measured);
    expect(goodput).toBeGreaterThan(0.9 * after);
    expect(requestsPerTaken).toBeLessThan(1.15);
  });

  it("slows down where a limit falls to a tenth and says nothing of waiting", () => {
    const provider = changing(30_000, bucket(200, 200), bucket(20, 20));
    const measured = { callers: 256, seconds: 130, fromSecond: 70 };
    const { goodput, requestsPerTaken } = simulate(provider, measured);
    expect(goodput).toBeGreaterThan(18);
    expect(requestsPerTaken).toBeLessThan(1.15);
  });

  it.each([
    ["", "none"],
    [", asked to wait a second each time", "seconds"],
  ] as const)("finds a limit on open requests, whatever their length%s", (_, hint) => {
    const { goodput, requestsPerTaken } = simulate(openAtMost(10), {
      callers: 64,
      seconds: 90,
      fromSecond: 20,
      latencyMs: (random) => 100 + 900 * random(),
      refusalMs: () => 20,
      hint,
    });
    expect(goodput).toBeGreaterThan((0.9 * 10) / 0.55);
    expect(requestsPerTaken).toBeLessThan(1.15);
  });

  it("does not hold back a provider that refuses nothing once it has started", () => {
    const { goodput } = simulate(() => null, { callers: 256, seconds: 10, fromSecond: 4 });
    expect(goodput).toBeGreaterThan(1_270);
  });

  it("cuts once for all refusals of one burst", () => {
    expect(refusedTogether(1)).toBeGreaterThan(0);
    expect(refusedTogether(20)).toBe(refusedTogether(1));
  });

  it("asks with one request at a time once all in a row are refused", () => {
    const limiter = createLimiter();
    const tickets = Array.from({ length: 16 }, () => limiter.take(0, 0));
    for (const ticket of tickets) limiter.refused(ticket, 20, null);
    const waitMs = limiter.waitMs(20);
    expect(waitMs).toBeGreaterThan(0);
    limiter.take(20 + waitMs, 0);
    expect(limiter.waitMs(20 + waitMs)).toBeGreaterThan(0);
  });

  it("sends evenly what a minute's requests and tokens allow, and puts a wrong estimate right", () => {
    const limits = createGivenLimits({ requestsPerMinute: 600, tokensPerMinute: 6_000 });
    const limiter = createLimiter({ given: [limits], softStart: false });
    const ticket = limiter.take(1_000, 10);
    expect(limiter.waitMs(1_000)).toBeCloseTo(0);
    limiter.accepted(ticket, 1_000, 110);
    expect(limiter.waitMs(1_000)).toBeCloseTo(1_000);
  });

  it("lets no more than the given number be open", () => {
    const limiter = createLimiter({ given: [createGivenLimits({ concurrency: 1 })] });
    const ticket = limiter.take(0, 0);
    expect(limiter.waitMs(10)).toBe(Infinity);
    limiter.dropped(ticket);
    expect(limiter.waitMs(10)).toBe(0);
  });
});

/** How long the next request waits after so many of 50, every second one, were refused at once. */
function refusedTogether(count: number): number {
  const limiter = createLimiter({ softStart: false });
  const tickets = Array.from({ length: 50 }, () => limiter.take(0, 0));
  const refused = tickets.filter((_, index) => index % 2 === 0).slice(5, 5 + count);
  for (const ticket of refused) limiter.refused(ticket, 100, null);
  return limiter.waitMs(100);
}
