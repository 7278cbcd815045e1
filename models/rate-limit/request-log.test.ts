import { describe, expect, it } from "vitest";
import { createRequestLog, type Stretch } from "./request-log.ts";

function countOf(all: readonly Stretch[], of: "count" | "refused"): number {
  return all.reduce((total, stretch) => total + stretch[of], 0);
}

describe("a log of requests", () => {
  it("knows each of the last requests, and which were refused", () => {
    const log = createRequestLog(() => 1_000);
    for (const at of [0, 30, 60, 90]) log.sent(at);
    log.refused(1);
    log.refused(3);
    expect(log.until(60)).toMatchObject([
      { from: 0, to: 0, count: 1, refused: 0 },
      { from: 30, to: 30, count: 1, refused: 1 },
      { from: 60, to: 60, count: 1, refused: 0 },
    ]);
  });

  it("joins old requests that were taken, and keeps those around a refusal apart", () => {
    const log = createRequestLog(() => 1_000);
    for (let index = 0; index < 2_000; index += 1) {
      log.sent(index * 20);
      if (index === 500) log.refused(500);
    }
    const all = log.until(40_000);
    expect(all.length).toBeLessThan(700);
    expect(countOf(all, "count")).toBe(2_000);
    expect(all.find(({ refused }) => refused > 0)).toMatchObject({ from: 10_000, to: 10_000 });
    expect(all.filter(({ from }) => from > 9_800 && from < 10_200)).toHaveLength(19);
  });

  it("places a late refusal right when very many are on their way", () => {
    const log = createRequestLog(() => 60_000);
    for (let index = 0; index < 10_000; index += 1) log.sent(index);
    log.refused(7_777);
    const all = log.until(10_000);
    expect(all.length).toBeLessThanOrEqual(500);
    expect(countOf(all, "count")).toBe(10_000);
    const [refused] = all.filter((stretch) => stretch.refused > 0);
    expect(refused?.from).toBeLessThanOrEqual(7_777);
    expect(refused?.to).toBeGreaterThanOrEqual(7_777);
  });

  it("stays small in a run of days", () => {
    const log = createRequestLog(() => 1_000);
    for (let index = 0; index < 100_000; index += 1) {
      log.sent(index * 20);
      if (index % 7 === 0) log.refused(index);
    }
    expect(log.until(2_000_000).length).toBeLessThan(1_000);
  });

  it("forgets what was sent before a time, and knows refusals of what comes after", () => {
    const log = createRequestLog(() => 1_000);
    for (const at of [0, 30, 60]) log.sent(at);
    log.forget(45);
    log.refused(0);
    log.refused(2);
    log.sent(90);
    log.refused(3);
    expect(log.until(90)).toMatchObject([
      { from: 60, refused: 1 },
      { from: 90, refused: 1 },
    ]);
  });
});
