import { describe, expect, it } from "vitest";
import type { Attempt, CallJournal } from "../../models/gate/journal.ts";
import { createSessionCounter } from "../progress/session-so-far.ts";
import { timedJournal, type TimedSend } from "./timed-journal.ts";

const attempt = (agent: string): Attempt => ({
  address: { row: { number: 1, id: "1" }, agent, part: "", turn: 0 },
  requestHash: "0",
  attempt: 1,
});
const answer = {} as Parameters<CallJournal["keep"]>[1];

describe("timedJournal", () => {
  it("reports each request with its end, and hands everything on", async () => {
    const written: string[] = [];
    const sends: TimedSend[] = [];
    const note = (kind: string) => async () => void written.push(kind);
    const calls = timedJournal(
      {
        find: async () => undefined,
        refusedBefore: () => true,
        intend: note("intend"),
        keep: note("keep"),
        giveUp: note("giveUp"),
      },
      (send) => void sends.push(send),
    );
    const [limited, answered, inProcess] = [attempt("judge"), attempt("judge"), attempt("sim")];
    await calls.intend(limited);
    await calls.giveUp(limited, "rate_limited", "none");
    await calls.intend(answered);
    await calls.keep(answered, answer);
    await calls.keep(inProcess, answer);
    expect(written).toEqual(["intend", "giveUp", "intend", "keep", "keep"]);
    expect(calls.refusedBefore?.(limited.address, "0")).toBe(true);
    expect(sends.map(({ agent, outcome }) => [agent, outcome])).toEqual([
      ["judge", "rate_limited"],
      ["judge", "answered"],
    ]);
    expect(sends.every(({ seconds }) => seconds >= 0)).toBe(true);
  });
});

describe("createSessionCounter", () => {
  it("counts failures, verdicts and 429s, and names the model with the longest mean", () => {
    const counter = createSessionCounter();
    const winner = (value: string) => ({ key: "winner", value });
    expect(counter.soFar().slowest).toBeNull();
    for (const [model, seconds] of [
      ["a", 1],
      ["a", 1],
      ["b", 1.5],
    ] as const) {
      counter.sent({ model, outcome: "answered", seconds });
    }
    counter.sent({ model: "a", outcome: "rate_limited", seconds: 99 });
    counter.rowEnded({ feedback: [winner("tie"), winner("challenger"), { key: "best_round" }] });
    counter.rowEnded({ feedback: [winner("none"), winner("challenger")] });
    counter.rowEnded({ reason: "bad_input", feedback: [] });
    counter.rowEnded({ reason: "timed_out", feedback: [] });
    counter.rowEnded({ reason: "timed_out", feedback: [] });
    const soFar = counter.soFar();
    expect(soFar).toEqual({
      failures: { timed_out: 2, bad_input: 1 },
      wins: { challenger: 2 },
      ties: 1,
      unreadable: 1,
      rateLimited: 1,
      slowest: { model: "b", seconds: 1.5 },
    });
    expect(Object.keys(soFar.failures)).toEqual(["timed_out", "bad_input"]);
  });
});
