import { describe, expect, it } from "vitest";
import { someAnswer, someFailure, someSend } from "../../tests/gate-sends.ts";
import { createBudget, type Spent } from "../cost/budget.ts";
import { budgeted } from "./budgeted.ts";
import { createHaltSwitch } from "./failure/halt-switch.ts";
import type { Next } from "./step.ts";

/** A dollar a million tokens, so that the worst case of `someSend` is 1,100 millionths. */
const worstUsd = 0.0011;

async function spend(next: Next, limitUsd = 1) {
  const budget = createBudget({ limitUsd, priceOf: () => ({ in: 1, out: 1 }) });
  const stop = createHaltSwitch();
  const step = budgeted({ budget: () => budget, stop });
  const sent = await step(await someSend(), next).catch((error: unknown) => error);
  return { sent, budget, stop };
}

describe("a send under a budget", () => {
  it.each([
    ["the count of its answer", async () => someAnswer(), { usd: 0.000015, unknownUsd: 0 }],
    ["its worst case without one", async () => someAnswer(null), { usd: 0, unknownUsd: worstUsd }],
    ["nothing for a refusal", async () => someFailure(), { usd: 0, unknownUsd: 0 }],
    ["nothing where it never left", async () => null, { usd: 0, unknownUsd: 0 }],
    [
      "its worst case where its end says nothing",
      async () => someFailure({ cost: "unknown" }),
      { usd: 0, unknownUsd: worstUsd },
    ],
    [
      "its worst case where the rest of the chain throws",
      () => Promise.reject(new Error("a bug")),
      { usd: 0, unknownUsd: worstUsd },
    ],
  ] satisfies [string, Next, Partial<Spent>][])("costs %s", async (_, next, spent) => {
    const { budget, stop } = await spend(next);
    expect(budget.spent).toMatchObject(spent);
    expect([budget.reservedUsd, stop.halted]).toEqual([0, null]);
  });

  it("holds its worst case while it is on its way", async () => {
    const held: number[] = [];
    const budget = createBudget({ limitUsd: 1, priceOf: () => ({ in: 1, out: 1 }) });
    const step = budgeted({ budget: () => budget, stop: createHaltSwitch() });
    await step(await someSend(), async () => {
      held.push(budget.reservedUsd);
      return null;
    });
    expect(held).toEqual([worstUsd]);
  });

  it("halts the run where it can't be paid for", async () => {
    const { sent, stop } = await spend(() => Promise.reject(new Error("was sent")), 0.001);
    expect(sent).toBeNull();
    expect(stop.halted).toMatchObject({ outcome: "over_budget" });
  });

  it("is a bug where the server is told no longest answer", async () => {
    const budget = createBudget({ limitUsd: 1, priceOf: () => ({ in: 1, out: 1 }) });
    const step = budgeted({ budget: () => budget, stop: createHaltSwitch() });
    const send = await someSend();
    const endpoint = { ...send.endpoint, longestAnswer: undefined };
    await expect(step({ ...send, endpoint }, async () => null)).rejects.toThrow("no worst case");
  });
});
