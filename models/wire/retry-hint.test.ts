import { describe, expect, it } from "vitest";
import { parseBody } from "./body.ts";
import { retryHintMs } from "./retry-hint.ts";

const now = Date.parse("2026-01-05T10:00:00Z");

function hint(headers: Record<string, string>, body = ""): number | null {
  return retryHintMs(new Headers(headers), parseBody(body), now);
}

describe("retryHintMs", () => {
  it.each([
    ["20", 20_000],
    ["0", 0],
    ["1.5", 1_500],
    ["7200", 7_200_000],
    ["Mon, 05 Jan 2026 10:00:30 GMT", 30_000],
    ["Monday, 05-Jan-26 10:00:30 GMT", 30_000],
    ["Mon, 05 Jan 2026 09:00:00 GMT", 0],
    ["20s", 20_000],
    ["1m30s", 90_000],
    ["-1", null],
    ["soon", null],
    ["1 2", null],
    ["", null],
  ])("reads the header Retry-After: %s", (header, expected) => {
    expect(hint({ "retry-after": header })).toBe(expected);
  });

  it("reads retry-after-ms", () => {
    expect(hint({ "retry-after-ms": "1250.5" })).toBe(1_251);
    expect(hint({ "retry-after-ms": "NaN" })).toBeNull();
  });

  it.each([
    ["Please try again in 20s.", 20_000],
    ["Please try again in 120ms. Visit https://platform.openai.com", 120],
    ["Please try again in 6m0s.", 360_000],
    ["Please try again in 1h2m3.5s.", 3_723_500],
    ["Please retry in 34.074824224s.", 34_075],
    ["Please retry after 6 seconds.", 6_000],
    ["Please retry after 2 minutes or less", 120_000],
    ["try again in 3 milliseconds", 3],
    ["Please try again in a moment.", null],
    ["Please try again in 3 weeks.", null],
    ["Try again later.", null],
    ["Retry in ..s", null],
  ])("reads the sentence %j", (message, expected) => {
    expect(hint({}, JSON.stringify({ error: { message } }))).toBe(expected);
  });

  it("reads Gemini's RetryInfo", () => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "26s" }];
    expect(hint({}, JSON.stringify({ error: { details } }, null, 2))).toBe(26_000);
  });

  it("reads no request that an error repeats", () => {
    const message = "Please try again in 2s.";
    const request = { messages: [{ content: "Please try again in 2 hours." }], retryDelay: "9s" };
    expect(hint({}, JSON.stringify({ error: { message, request }, request }))).toBe(2_000);
    const long = JSON.stringify({ request: "try again in 2 hours".repeat(9_000) });
    expect(hint({}, long)).toBeNull();
    expect(hint({}, `${"[".repeat(30_000)}${"]".repeat(30_000)}`)).toBeNull();
  });

  it("takes the longest of several hints", () => {
    expect(hint({ "retry-after": "1" }, '{"retryDelay": "26s"}')).toBe(26_000);
    expect(hint({ "retry-after": "60" }, '{"message": "Please try again in 20s."}')).toBe(60_000);
  });

  it("says nothing where nothing is said", () => {
    expect(hint({}, '{"error": {"message": "Too many requests"}}')).toBeNull();
  });

  it("is quick with a long body", () => {
    // In quadratic time it would come to the test's limit.
    expect(hint({}, `try again in ${"1".repeat(5_000_000)}`)).toBeNull();
  });
});
