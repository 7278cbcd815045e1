import { describe, expect, it } from "vitest";
import {
  roughUsd,
  shortDuration,
  formatCount,
  formatDuration,
  formatRange,
  formatTokens,
} from "./format-figures.ts";

describe("figures for people", () => {
  it("tell times in the unit that people would", () => {
    expect([0, 1, 59.6, 119, 120, 840, 7_199].map(formatDuration)).toEqual([
      "0 seconds",
      "1 second",
      "60 seconds",
      "119 seconds",
      "2 minutes",
      "14 minutes",
      "120 minutes",
    ]);
    expect([7_200, 12_600, 172_800, 181_440].map(formatDuration)).toEqual([
      "2.0 hours",
      "3.5 hours",
      "2.0 days",
      "2.1 days",
    ]);
    expect([45, 840, 12_600, 181_440].map(shortDuration)).toEqual([
      "45 s",
      "14 min",
      "3.5 h",
      "2.1 d",
    ]);
  });

  it("tell tokens to three digits, and counts to the last", () => {
    expect([0, 999, 1_000, 12_540, 999_700, 1_240_000, 3e9].map(formatTokens)).toEqual([
      "0",
      "999",
      "1k",
      "12.5k",
      "1M",
      "1.24M",
      "3G",
    ]);
    expect(formatCount(1_239.6)).toBe("1,240");
    expect(formatRange(1_240, 1_310, formatCount)).toBe("1,240 to 1,310");
    expect(formatRange(1_239.9, 1_240.2, formatCount)).toBe("1,240");
  });

  it("tell dollars no more exactly than they are known", () => {
    expect([0, 0.0001234, 0.012345, 0.41, 0.999, 3.104, 12_345.678].map(roughUsd)).toEqual([
      "$0.00",
      "$0.000123",
      "$0.0123",
      "$0.41",
      "$0.999",
      "$3.10",
      "$12,345.68",
    ]);
  });
});
