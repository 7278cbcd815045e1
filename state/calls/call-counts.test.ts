import { expect, it } from "vitest";
import { countCalls, callCount } from "./call-counts.ts";
import type { CallRecord } from "./call-record.ts";

function record(agent: string, part: string, turn: number): CallRecord {
  const answer = { outcome: "answered" as const, content: "", finish: "stop", tokens: null };
  return { agent, part, turn, model: "test:model", ...answer };
}

it("calls are counted by agent and part, and an agent that was not asked has none", () => {
  const asked = countCalls([
    record("judge", "", 0),
    record("judge", "swapped", 0),
    record("judge", "", 1),
    record("editor", "", 0),
  ]);
  expect(callCount(asked, "judge", "")).toBe(2);
  expect(callCount(asked, "judge", "swapped")).toBe(1);
  expect(callCount(asked, "editor", "")).toBe(1);
  expect(callCount(asked, "editor", "swapped")).toBe(0);
  expect(callCount({}, "judge", "")).toBe(0);
});
