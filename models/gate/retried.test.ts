import { describe, expect, it } from "vitest";
import { someAnswer, someFailure, someSend } from "../../tests/gate-sends.ts";
import { createCircuitBreaker } from "./failure/circuit-breaker.ts";
import { createHaltSwitch } from "./failure/halt-switch.ts";
import { retried } from "./retried.ts";
import type { Sent } from "./step.ts";

/** Sends once, over results in their order; the last one is repeated. */
async function retry(results: readonly Sent[]) {
  const stop = createHaltSwitch();
  const breaker = createCircuitBreaker({ spec: "test:model", patienceMs: 60_000 });
  const step = retried({
    policy: { retryMs: 1 },
    breakerOf: () => breaker,
    journal: () => undefined,
    stop,
    onUnreached: () => undefined,
  });
  const attempts: number[] = [];
  const sent = await step(await someSend(), async ({ attempt }) => {
    attempts.push(attempt);
    return results[Math.min(attempt, results.length) - 1] ?? null;
  });
  return { sent, attempts, stop };
}

describe("a call that is sent again", () => {
  it("ends with its first answer", async () => {
    const answer = someAnswer();
    const { sent, attempts, stop } = await retry([someFailure(), someFailure(), answer]);
    expect([sent, stop.halted]).toEqual([answer, null]);
    expect(attempts).toEqual([1, 2, 3]);
  });

  it("ends with its last failure where the policy gives it up", async () => {
    const { sent, attempts } = await retry([someFailure()]);
    expect(sent).toMatchObject({ outcome: "provider_error" });
    expect(attempts).toHaveLength(5);
  });

  it("halts the run where the breaker opens", async () => {
    const refused = someFailure({ outcome: "provider_refused", remedy: "run", detail: "No key." });
    const { attempts, stop } = await retry([refused]);
    expect(attempts).toHaveLength(1);
    expect(stop.halted).toEqual({ outcome: "provider_refused", detail: "test:model: No key." });
  });

  it("ends unsent where the run is halted before, or in between", async () => {
    expect((await retry([null])).attempts).toEqual([1]);
    const stop = createHaltSwitch();
    const breaker = createCircuitBreaker({ spec: "test:model", patienceMs: 60_000 });
    const step = retried({
      policy: { retryMs: 60_000 },
      breakerOf: () => breaker,
      journal: () => undefined,
      stop,
      onUnreached: () => undefined,
    });
    const sent = await step(await someSend(), async () => {
      stop.abort();
      return someFailure();
    });
    expect(sent).toBeNull();
    expect(await step(await someSend(), () => Promise.reject(new Error("sent")))).toBeNull();
  });
});
