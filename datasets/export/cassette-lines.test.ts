import { describe, expect, it } from "vitest";
import { CassetteLine } from "../../models/in-process/replay-chat-model.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import { cassetteLines } from "./cassette-lines.ts";

const call = (changes: Partial<CallRecord> = {}): CallRecord => ({
  agent: "judge",
  part: "",
  turn: 0,
  model: "openai:gpt-4o",
  outcome: "answered",
  content: "A",
  finish: "stop",
  tokens: { in: 3, out: 1 },
  ...changes,
});

const lines = (calls: readonly CallRecord[], occurrence = 1) =>
  cassetteLines({ id: "x", transcript: calls }, occurrence);

describe("cassetteLines", () => {
  it("has a line a call, with what it needs to be found and nothing more", () => {
    expect(lines([call(), call({ part: "round-2", turn: 1, finish: null, tokens: null })])).toEqual(
      [
        {
          row: "x",
          agent: "judge",
          turn: 0,
          content: "A",
          finish: "stop",
          usage: { in: 3, out: 1 },
        },
        { row: "x", agent: "judge", part: "round-2", turn: 1, content: "A" },
      ],
    );
  });

  it("tells rows of one id apart from the second on", () => {
    expect(lines([call()], 1)[0]).not.toHaveProperty("occurrence");
    expect(lines([call()], 2)[0]).toMatchObject({ row: "x", occurrence: 2 });
  });

  it("keeps calls that came to no good answer, and leaves out those that were never recorded", () => {
    const cut = call({ outcome: "cut_at_length", finish: "length", detail: "cut" });
    const hole = call({ outcome: "not_recorded", content: "", detail: "no such line" });
    expect(lines([cut, hole])).toEqual([
      expect.objectContaining({ outcome: "cut_at_length", finish: "length", detail: "cut" }),
    ]);
  });

  it("writes lines that a replay takes", () => {
    for (const line of lines([call(), call({ outcome: "filtered", detail: "no" })], 3)) {
      expect(CassetteLine.safeParse(line).success).toBe(true);
    }
  });
});
