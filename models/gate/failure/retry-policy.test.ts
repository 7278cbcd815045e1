import { describe, expect, it } from "vitest";
import { someFailure } from "../../../tests/gate-sends.ts";
import type { Remedy } from "../../wire/classify-failure.ts";
import { createRetries } from "./retry-policy.ts";

describe("the retries of one call", () => {
  it.each([
    ["overloaded", 9],
    ["transient", 5],
    ["once", 2],
    ["row", 1],
    ["run", 1],
  ] as const)("of a failure to be met by %s send it %i times at most", (remedy, sends) => {
    const retries = createRetries({ retryMs: 1 });
    const waits = Array.from({ length: sends }, () => retries.waitMsAfter(someFailure({ remedy })));
    expect(waits.map((waitMs) => waitMs === null)).toEqual(
      Array.from({ length: sends }, (_, index) => index === sends - 1),
    );
  });

  it("count failures of each kind apart, and refusals for a rate not at all", () => {
    const retries = createRetries({ retryMs: 1 });
    const after = (remedy: Remedy) => retries.waitMsAfter(someFailure({ remedy }));
    for (let refusals = 0; refusals < 100; refusals += 1) expect(after("wait")).toBe(0);
    expect(after("once")).not.toBeNull();
    for (let sends = 1; sends < 5; sends += 1) expect(after("transient")).not.toBeNull();
    expect(after("transient")).toBeNull();
  });

  it("double the wait with each failure, give or take a quarter", () => {
    const retries = createRetries({ retryMs: 1_000 });
    for (const base of [1, 2, 4, 8, 16, 32, 60, 60]) {
      const waitMs = retries.waitMsAfter(someFailure({ remedy: "overloaded" })) ?? 0;
      expect(waitMs).toBeGreaterThanOrEqual(base * 750);
      expect(waitMs).toBeLessThanOrEqual(base * 1_250);
    }
  });

  it("wait at least as long as the provider asks", () => {
    const waitMs = createRetries({ retryMs: 1 }).waitMsAfter(someFailure({ waitMs: 5_000 }));
    expect(waitMs).toBe(5_000);
  });
});
