import { describe, expect, it } from "vitest";
import { someAnswer, someFailure } from "../../../tests/gate-sends.ts";
import { createCircuitBreaker, type CircuitBreaker } from "./circuit-breaker.ts";

const last = { isLast: true, wasRefusedBefore: false };
const open = (patienceMs = 60_000) => createCircuitBreaker({ spec: "test:model", patienceMs });

/** The number of the first result that opens it; null where none of 100 does. */
function opensAt(breaker: CircuitBreaker, fail: (number: number) => unknown): number | null {
  for (let number = 1; number <= 100; number += 1) if (fail(number) !== null) return number;
  return null;
}

describe("a circuit breaker", () => {
  it("opens after twenty calls in a row without an answer, and an answer closes it", () => {
    const breaker = open();
    const fail = () => breaker.failed(someFailure(), last);
    for (let number = 1; number < 20; number += 1) expect(fail()).toBeNull();
    expect(breaker.answered(someAnswer())).toBeNull();
    expect(opensAt(breaker, fail)).toBe(20);
    expect(fail()).toMatchObject({
      outcome: "provider_refused",
      remedy: "run",
      detail: expect.stringContaining("test:model has left 21 calls in a row without an answer"),
    });
  });

  it("does not count failures that are sent again", () => {
    const breaker = open();
    const facts = { isLast: false, wasRefusedBefore: false };
    expect(opensAt(breaker, () => breaker.failed(someFailure(), facts))).toBeNull();
  });

  it("opens at once for what no call would survive", () => {
    const refused = someFailure({ outcome: "provider_refused", remedy: "run", detail: "No key." });
    expect(open().failed(refused, last)?.detail).toBe("test:model: No key.");
    const lost = someFailure({ outcome: "storage_failed", remedy: "run" });
    expect(open().failed(lost, last)).toBe(lost);
    const late = someFailure({ remedy: "wait", waitMs: 120_000 });
    expect(open().failed(late, last)?.detail).toContain("asks to wait 2 min");
    expect(open(0).failed(someFailure({ remedy: "wait" }), last)?.detail).toContain(
      "has answered nothing",
    );
  });

  it("opens after twenty refusals for one reason where none was answered, in any session", () => {
    const refuse = (breaker: CircuitBreaker, wasRefusedBefore = false) =>
      opensAt(breaker, (number) =>
        breaker.failed(
          someFailure({ outcome: "invalid_request", remedy: "row", detail: `Odd field ${number}` }),
          { isLast: true, wasRefusedBefore },
        ),
      );
    expect(refuse(open())).toBe(20);
    expect(refuse(open(), true)).toBeNull();
    const answered = open();
    answered.answered(someAnswer());
    expect(refuse(answered)).toBeNull();
    const before = open();
    before.answeredBefore();
    expect(refuse(before)).toBeNull();
  });

  it("opens for a key that was answered before after twenty refusals in a row", () => {
    const refused = someFailure({ outcome: "provider_refused", remedy: "run", detail: "HTTP 403" });
    const breaker = open();
    breaker.answered(someAnswer());
    for (let number = 1; number < 20; number += 1) {
      expect(breaker.failed(refused, last)).toBeNull();
    }
    breaker.answered(someAnswer());
    expect(opensAt(breaker, () => breaker.failed(refused, last))).toBe(20);
    const before = { isLast: true, wasRefusedBefore: true };
    const again = open();
    again.answeredBefore();
    expect(opensAt(again, () => again.failed(refused, before))).toBeNull();
    expect(again.failed({ ...refused, isAccountEmpty: true }, before)).not.toBeNull();
  });

  it("opens for an address that was never there, and names it", () => {
    const missing = someFailure({ detail: "HTTP 404", addressHint: "http://a/b was asked" });
    const said = "test:model: HTTP 404; http://a/b was asked";
    const alone = open();
    const between = { ...last, isLast: false };
    expect(alone.failed(missing, between)).toBeNull();
    expect(alone.failed(missing, between)?.detail).toBe(said);
    expect(open().failed({ ...missing, remedy: "row" }, last)?.detail).toBe(said);
    const busy = open();
    for (const failure of [missing, someFailure({}), missing, someFailure({})]) {
      expect(busy.failed(failure, between)).toBeNull();
    }
    const answered = open();
    answered.answered(someAnswer());
    expect(answered.failed(missing, { ...last, isLast: false })).toBeNull();
  });

  it.each([
    ["temperature does not support 0", "temperature: null"],
    ["Unsupported parameter: max_tokens", "leave maxTokens out"],
    [
      "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      "maxTokensField: max_completion_tokens",
    ],
    ["reasoning_effort: expected a string", "take reasoning_effort out of params"],
    ["only stream mode is enabled", "it only streams"],
    ["seed is unknown", "a setting that it does not take?"],
  ])("says what to change where a setting is refused: %s", (detail, advice) => {
    const breaker = open();
    const asked = { ...last, settings: { params: { reasoning_effort: "low" } } };
    const failure = someFailure({ outcome: "invalid_request", remedy: "row", detail });
    const refusals = Array.from({ length: 20 }, () => breaker.failed(failure, asked));
    expect(refusals.at(-1)?.detail).toContain(advice);
  });

  it("opens after twenty bodies that are no model's", () => {
    const breaker = open();
    const page = { ...someAnswer(), isForeign: true };
    expect(opensAt(breaker, () => breaker.answered(page))).toBe(20);
  });
});
