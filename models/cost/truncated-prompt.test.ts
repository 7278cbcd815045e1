import { describe, expect, it } from "vitest";
import { isPromptTruncated } from "./truncated-prompt.ts";

const says = (content: string) => [{ role: "user" as const, content }];
const long = "The committee discussed the bridge over the river. ".repeat(1100);

describe("isPromptTruncated", () => {
  it("sees a count that no tokeniser can reach", () => {
    expect(isPromptTruncated(says(long), 2051)).toBe(true);
    expect(isPromptTruncated([...says(long.slice(9)), ...says("Short.")], 2051)).toBe(true);
  });

  it.each([
    ["an ordinary count", long, 11_000],
    ["a frugal one", long, 5_000],
    ["no count", long, 0],
    ["a short text", "a".repeat(7_000), 100],
    ["white space, which is read many at a time", `x${" ".repeat(100_000)}x`, 900],
  ])("passes over %s", (_, text, tokens) => {
    expect(isPromptTruncated(says(text), tokens)).toBe(false);
  });
});
