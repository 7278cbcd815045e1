import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../state/calls/call-record.ts";
import { createKeptQuestions, keptFirst } from "./kept-questions.ts";

const record = (agent: string, turn = 0): CallRecord => ({
  agent,
  part: "",
  turn,
  model: "sim:oak",
  outcome: "answered",
  content: "yes",
  finish: null,
  tokens: null,
});
const asking = (number: number, agent: string, content: string) => ({
  address: { row: { number, id: String(number) }, agent, part: "", turn: 0 },
  messages: [{ role: "user" as const, content }],
});
const rowOf = (row: number, ...transcript: CallRecord[]) => ({ row, id: String(row), transcript });

describe("createKeptQuestions", () => {
  it("finds what every call of a row was asked, in the order of its transcript", async () => {
    const kept = createKeptQuestions();
    kept.note(asking(1, "judge", "which is better?"));
    kept.note(asking(1, "generator", "write"));
    expect(await kept.find(rowOf(1, record("generator"), record("judge")))).toEqual([
      [{ role: "user", content: "write" }],
      [{ role: "user", content: "which is better?" }],
    ]);
  });

  it("knows no row of which a call is not kept", async () => {
    const kept = createKeptQuestions();
    kept.note(asking(1, "generator", "write"));
    expect(await kept.find(rowOf(1, record("generator"), record("generator", 1)))).toBeNull();
    expect(await kept.find(rowOf(2, record("generator")))).toBeNull();
  });

  it("keeps no more text than it may, beside the message that goes over it", async () => {
    // The place of a call counts as 400 characters.
    const kept = createKeptQuestions(410);
    for (const row of [1, 2, 3]) kept.note(asking(row, "generator", "eight ch"));
    const found = [1, 2, 3].map((row) => kept.find(rowOf(row, record("generator"))));
    expect((await Promise.all(found)).map((asked) => asked !== null)).toEqual([true, true, false]);
  });
});

describe("keptFirst", () => {
  it("opens the other source once, and only for a row that is not kept", async () => {
    const kept = createKeptQuestions();
    kept.note(asking(1, "generator", "write"));
    let opened = 0;
    const asked = await keptFirst(kept, async () => {
      opened += 1;
      return async ({ row }) => (row === 3 ? null : [[{ role: "user", content: `row ${row}` }]]);
    })("DIR");
    expect(await asked(rowOf(1, record("generator")))).toEqual([
      [{ role: "user", content: "write" }],
    ]);
    expect(opened).toBe(0);
    expect(await asked(rowOf(2, record("generator")))).toEqual([
      [{ role: "user", content: "row 2" }],
    ]);
    expect(await asked(rowOf(3, record("generator")))).toBeNull();
    expect(opened).toBe(1);
  });
});
