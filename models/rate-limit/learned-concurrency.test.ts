import { describe, expect, it } from "vitest";
import { createLearnedConcurrency, mostOpen, type OpenRequest } from "./learned-concurrency.ts";

function request(sentAt: number, openBefore: number, endedAt: number | null, isRefused = false) {
  return { sentAt, openBefore, endedAt, isRefused };
}

/**
 * Every half second a burst of five at a provider that takes three side by side, each for 400 ms.
 */
function bursts(
  count: number,
  isRefusedAt: (place: number, burst: number) => boolean,
): OpenRequest[] {
  return Array.from({ length: 5 * count }, (_, index) => {
    const [burst, place] = [Math.floor(index / 5), index % 5];
    const sentAt = 500 * burst;
    const isRefused = isRefusedAt(place, burst);
    return request(sentAt, place, sentAt + (isRefused ? 20 : 400), isRefused);
  });
}

describe("mostOpen", () => {
  it("finds the number that parts the taken from the refused", () => {
    expect(
      mostOpen(
        bursts(6, (place) => place >= 3),
        10_000,
      ),
    ).toBe(3);
  });

  it("finds none where a request is refused with few open", () => {
    expect(
      mostOpen(
        bursts(6, (place, burst) => place >= 3 || burst % 2 === 0),
        10_000,
      ),
    ).toBeNull();
  });

  it("needs more than one burst", () => {
    expect(
      mostOpen(
        bursts(1, (place) => place >= 3),
        10_000,
      ),
    ).toBeNull();
  });

  it("does not take a window that is spent for such a limit", () => {
    const taken = Array.from({ length: 5 }, (_, place) => request(0, place, 9_000));
    const refused = Array.from({ length: 6 }, (_, moment) =>
      request(500 + 500 * moment, 5, 520 + 500 * moment, true),
    );
    expect(mostOpen([...taken, ...refused], 10_000)).toBeNull();
  });
});

describe("a learned limit on open requests", () => {
  function learned() {
    const concurrency = createLearnedConcurrency();
    for (const one of bursts(6, (place) => place >= 3)) concurrency.sent(one);
    expect(concurrency.limit).toBe(Infinity);
    expect(concurrency.refused(request(3_000, 3, 3_020, true), 3_020)).toBe(true);
    expect(concurrency.limit).toBe(3);
    return concurrency;
  }

  it("is raised after a patience, and the longer the more often that fails", () => {
    const concurrency = learned();
    concurrency.bound(13_000);
    expect(concurrency.limit).toBe(3);
    concurrency.bound(13_100);
    expect(concurrency.limit).toBe(4);
    expect(concurrency.refused(request(13_200, 3, 13_220, true), 13_220)).toBe(true);
    expect(concurrency.limit).toBe(3);
    concurrency.bound(33_000);
    expect(concurrency.limit).toBe(3);
    concurrency.bound(33_300);
    expect(concurrency.limit).toBe(4);
  });

  it("is given up when requests are refused with few open", () => {
    const concurrency = learned();
    for (const at of [20_000, 21_000, 22_000]) {
      expect(concurrency.refused(request(at, 1, at + 20, true), at + 20)).toBe(false);
    }
    expect(concurrency.limit).toBe(Infinity);
  });
});
