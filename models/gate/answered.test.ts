import { describe, expect, it } from "vitest";
import { someAnswer, someSend } from "../../tests/gate-sends.ts";
import { answered } from "./answered.ts";
import { createCircuitBreaker } from "./failure/circuit-breaker.ts";
import { createHaltSwitch } from "./failure/halt-switch.ts";
import type { CallJournal } from "./journal.ts";

async function look(find: CallJournal["find"]) {
  const stop = createHaltSwitch();
  const breaker = createCircuitBreaker({ spec: "test:model", patienceMs: 60_000 });
  const noWrites = { intend: never, keep: never, giveUp: never };
  const journal: CallJournal = { find, ...noWrites };
  const step = answered({ journal: () => journal, breakerOf: () => breaker, stop });
  const sent = await step(await someSend(), async () => null);
  return { sent, stop };
}

const never = () => Promise.reject(new Error("was written"));

describe("the journal before a call", () => {
  it("answers it where it holds its answer, read again", async () => {
    const { raw, read } = someAnswer();
    expect((await look(async () => raw)).sent).toMatchObject({ source: "journal", raw, read });
  });

  it("lets it on where it holds none", async () => {
    expect((await look(async () => undefined)).sent).toBeNull();
  });

  it("halts the run where it can't be read", async () => {
    const { sent, stop } = await look(() => Promise.reject(new Error("the disk is gone")));
    expect(sent).toMatchObject({ outcome: "storage_failed" });
    expect(stop.halted).toEqual({ outcome: "storage_failed", detail: "the disk is gone" });
  });
});
