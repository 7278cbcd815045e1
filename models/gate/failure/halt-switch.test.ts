import { expect, it } from "vitest";
import { createHaltSwitch } from "./halt-switch.ts";

it("keeps the first reason, except that lost storage outranks it", () => {
  const stop = createHaltSwitch();
  expect([stop.halted, stop.halting.aborted]).toEqual([null, false]);
  stop.halt({ outcome: "over_budget", detail: "first" });
  stop.halt({ outcome: "interrupted", detail: "second" });
  expect(stop.halted).toEqual({ outcome: "over_budget", detail: "first" });
  stop.halt({ outcome: "storage_failed", detail: "third" });
  stop.halt({ outcome: "storage_failed", detail: "fourth" });
  expect(stop.halted).toEqual({ outcome: "storage_failed", detail: "third" });
  expect([stop.halting.aborted, stop.cutting.aborted]).toEqual([true, false]);
  stop.abort();
  expect(stop.cutting.aborted).toBe(true);
});
