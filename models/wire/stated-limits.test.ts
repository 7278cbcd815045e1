import { describe, expect, it } from "vitest";
import { statedLimits } from "./stated-limits.ts";

const now = Date.parse("2026-01-05T10:00:00Z");

describe("statedLimits", () => {
  it("reads OpenAI's and Groq's", () => {
    const headers = new Headers({
      "x-ratelimit-limit-requests": "60",
      "x-ratelimit-limit-tokens": "150000",
      "x-ratelimit-remaining-requests": "59",
      "x-ratelimit-remaining-tokens": "149984",
      "x-ratelimit-reset-requests": "1s",
      "x-ratelimit-reset-tokens": "6m0s",
    });
    expect(statedLimits(headers, now)).toEqual([
      { name: "rate-requests", counts: "requests", limit: 60, remaining: 59, resetMs: 1_000 },
      {
        name: "rate-tokens",
        counts: "tokens",
        limit: 150_000,
        remaining: 149_984,
        resetMs: 360_000,
      },
    ]);
  });

  it("reads Anthropic's, without those on input or output alone", () => {
    const headers = new Headers({
      "anthropic-ratelimit-requests-limit": "50",
      "anthropic-ratelimit-requests-remaining": "49",
      "anthropic-ratelimit-requests-reset": "2026-01-05T10:00:01.2Z",
      "anthropic-ratelimit-input-tokens-limit": "30000",
      "anthropic-ratelimit-input-tokens-remaining": "1000",
      "anthropic-ratelimit-input-tokens-reset": "2026-01-05T10:00:01Z",
    });
    expect(statedLimits(headers, now)).toEqual([
      { name: "rate-requests", counts: "requests", limit: 50, remaining: 49, resetMs: 1_200 },
    ]);
  });

  it.each([
    ["20ms", 20],
    ["2m59.56s", 179_560],
    ["0.5", 500],
    ["30", 30_000],
    [String(now / 1_000 + 7), 7_000],
    [String(now + 9_000), 9_000],
    ["Mon, 05 Jan 2026 10:00:30 GMT", 30_000],
    ["2026-01-05T09:00:00Z", 0],
  ])("reads the reset %s", (reset, resetMs) => {
    const headers = new Headers({ "x-ratelimit-remaining": "3", "x-ratelimit-reset": reset });
    expect(statedLimits(headers, now)).toEqual([
      { name: "rate", counts: "requests", limit: null, remaining: 3, resetMs },
    ]);
  });

  it("reads the drafts' list of windows, and leaves out the unreadable", () => {
    const draft = {
      "ratelimit-limit": "100, 100;w=60",
      "ratelimit-remaining": "40",
      "ratelimit-reset": "12",
    };
    expect(statedLimits(new Headers(draft), now)).toMatchObject([{ limit: 100, remaining: 40 }]);
    expect(statedLimits(new Headers({ ...draft, "ratelimit-reset": "soon" }), now)).toEqual([]);
    expect(statedLimits(new Headers({ ...draft, "ratelimit-remaining": "-1" }), now)).toEqual([]);
    expect(statedLimits(new Headers({ "content-type": "text/html" }), now)).toEqual([]);
  });
});
