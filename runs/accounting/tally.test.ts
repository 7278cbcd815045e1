import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../state/calls/call-record.ts";
import { addCalls, emptyTally, roundedUsd } from "./tally.ts";

const call = (model: string, tokens: CallRecord["tokens"]): CallRecord => ({
  agent: "judge",
  part: "",
  turn: 0,
  model,
  outcome: "answered",
  content: "",
  finish: "stop",
  tokens,
});

describe("addCalls", () => {
  it("counts what is known, and counts what is not beside it", () => {
    const tally = emptyTally();
    const priceOf = (model: string) =>
      model === "sim:oak" ? "free" : model === "paid" ? { in: 2, out: 10 } : null;
    addCalls(
      tally,
      [
        call("paid", { in: 1_000_000, out: 500_000 }),
        call("paid", null),
        call("unpriced", { in: 3, out: 4 }),
        call("sim:oak", { in: 5, out: 6 }),
        call("sim:oak", null),
      ],
      priceOf,
    );
    expect(tally).toEqual({
      calls: 5,
      tokens: { in: 1_000_008, out: 500_010, unknown: 2 },
      cost: { usd: 7, unknown: 2 },
    });
  });

  it("owes nothing for what was refused before anything was generated", () => {
    const tally = emptyTally();
    const refused = ["invalid_request", "context_overflow", "rate_limited"] as const;
    const calls = refused.map((outcome) => ({ ...call("paid", null), outcome }));
    addCalls(tally, calls, () => ({ in: 2, out: 10 }));
    const nothing = { tokens: { in: 0, out: 0, unknown: 0 }, cost: { usd: 0, unknown: 0 } };
    expect(tally).toEqual({ calls: 3, ...nothing });
  });

  it("shows no last bits of binary fractions", () => {
    expect(roundedUsd(0.1 + 0.2)).toBe(0.3);
    expect(roundedUsd(1.23e-7)).toBe(1.2e-7);
  });
});
