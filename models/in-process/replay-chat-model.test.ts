import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CallRecord } from "../../state/calls/call-record.ts";
import type { RowAddress } from "../../state/calls/row-address.ts";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { createAgent } from "../gate/agent.ts";
import { createEndpoint } from "../providers/create-endpoint.ts";
import { createGate } from "../gate/gate.ts";

type Place = { row?: Partial<RowAddress>; agent?: string; part?: string; turn?: number };

function cassetteOf(text: string): string {
  return join(temporaryDirectory({ "cassette.jsonl": text }), "cassette.jsonl");
}

function lines(...entries: object[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
}

async function replay(path: string, place: Place = {}): Promise<CallRecord> {
  const { row, agent: name = "judge", part = "", turn = 0 } = place;
  const endpoint = await createEndpoint(`replay:${path}`, {}, {});
  return createAgent({ name, role: "judge", endpoint }, createGate()).ask({
    row: { number: 1, id: "one", ...row },
    part,
    turn,
    messages: [{ role: "user", content: "Which?" }],
    expects: { kind: "text" },
  });
}

describe("a cassette", () => {
  it("answers by row, agent, part and turn", async () => {
    const path = cassetteOf(
      lines(
        { row: "one", agent: "judge", turn: 0, content: "first" },
        { row: "one", agent: "judge", turn: 1, content: "again" },
        { row: "one", agent: "judge", part: "swapped", turn: 0, content: "swapped" },
        { row: "one", agent: "other", turn: 0, content: "the other's" },
        { row: 2, agent: "judge", turn: 0, content: "row 2" },
      ),
    );
    expect(await replay(path)).toMatchObject({ outcome: "answered", content: "first" });
    expect((await replay(path, { turn: 1 })).content).toBe("again");
    expect((await replay(path, { part: "swapped" })).content).toBe("swapped");
    expect((await replay(path, { agent: "other" })).content).toBe("the other's");
    expect((await replay(path, { row: { id: "2" } })).content).toBe("row 2");
  });

  it("answers any agent from a line without one, and the named one first", async () => {
    const path = cassetteOf(
      lines(
        { row: "one", turn: 0, content: "anyone's" },
        { row: "one", agent: "judge", turn: 0, content: "the judge's" },
        { row: "one", agent: null, part: "a", turn: 0, content: "part a" },
      ),
    );
    expect((await replay(path)).content).toBe("the judge's");
    expect((await replay(path, { agent: "juror-1" })).content).toBe("anyone's");
    expect((await replay(path, { part: "a" })).content).toBe("part a");
  });

  it("answers every row of an id, and one of several by its occurrence", async () => {
    const path = cassetteOf(
      lines(
        { row: "one", turn: 0, content: "any" },
        { row: "one", occurrence: 3, turn: 0, content: "third" },
      ),
    );
    expect((await replay(path)).content).toBe("any");
    expect((await replay(path, { row: { occurrence: 2 } })).content).toBe("any");
    expect((await replay(path, { row: { occurrence: 3 } })).content).toBe("third");
  });

  it("gives the first of two answers with one address", async () => {
    const path = cassetteOf(
      lines({ row: "one", turn: 0, content: "first" }, { row: "one", turn: 0, content: "second" }),
    );
    expect((await replay(path)).content).toBe("first");
  });

  it("tells which call it lacks", async () => {
    const path = cassetteOf(lines({ row: "one", turn: 0, content: "first" }));
    const record = await replay(path, { turn: 3, part: "b" });
    expect(record).toMatchObject({ outcome: "not_recorded", content: "", tokens: null });
    expect(record.detail).toContain('judge, part b, turn 3, for row "one"');
  });

  it("repeats how a call ended and what it cost, and takes its silence for a whole answer", async () => {
    const usage = { prompt_tokens: 5, completion_tokens: 3 };
    const path = cassetteOf(
      lines(
        { row: "one", turn: 0, content: "x", finish: "length", usage: { in: 5, out: 3 } },
        { row: "one", turn: 1, content: "y", finish: null, usage },
        { row: "one", turn: 2, content: "", outcome: "timed_out", detail: "too slow" },
        { row: "one", turn: 3, content: "" },
      ),
    );
    expect(await replay(path)).toMatchObject({
      outcome: "cut_at_length",
      content: "x",
      tokens: { in: 5, out: 3 },
    });
    expect(await replay(path, { turn: 1 })).toMatchObject({
      outcome: "answered",
      finish: "stop",
      tokens: { in: 5, out: 3 },
    });
    expect(await replay(path, { turn: 2 })).toMatchObject({
      outcome: "timed_out",
      detail: "too slow",
    });
    expect(await replay(path, { turn: 3 })).toMatchObject({ outcome: "empty", tokens: null });
  });

  it("may have a byte order mark, CRLF, blank lines, separators in its texts and no last newline", async () => {
    const content = "a\u2028b\u0085c 🦜";
    const first = JSON.stringify({ row: "one", turn: 0, content });
    const last = JSON.stringify({ row: "one", turn: 1, content: "last" });
    const path = cassetteOf(`\uFEFF${first}\r\n\r\n  \n${last}`);
    expect((await replay(path)).content).toBe(content);
    expect((await replay(path, { turn: 1 })).content).toBe("last");
  });

  it("may hold a line of 20 MB", async () => {
    const content = "long 🦜 ".repeat(2_000_000);
    const path = cassetteOf(
      lines({ row: "one", turn: 0, content }, { row: "one", turn: 1, content: "b" }),
    );
    expect((await replay(path)).content === content).toBe(true);
    expect((await replay(path, { turn: 1 })).content).toBe("b");
  });

  it("is read again when it has changed", async () => {
    const path = cassetteOf(lines({ row: "one", turn: 0, content: "before" }));
    expect((await replay(path)).content).toBe("before");
    writeFileSync(path, lines({ row: "one", turn: 0, content: "afterwards" }));
    expect((await replay(path)).content).toBe("afterwards");
  });

  it.each([
    ["no JSON", '{"row": "one", "turn": 0,', "expected a JSON object"],
    ["no turn", '{"row": "one", "content": ""}', '"turn"'],
    ["a turn that is none", '{"row": "one", "turn": -1, "content": ""}', '"turn"'],
    ["no content", '{"row": "one", "turn": 0}', '"content"'],
    ["a list", "[]", "Expected"],
    [
      "an end of the run",
      '{"row": "one", "turn": 0, "content": "", "outcome": "interrupted"}',
      '"outcome"',
    ],
  ])("is refused with file and line for %s", async (_, line, expected) => {
    const path = cassetteOf(`${lines({ row: "one", turn: 0, content: "" })}${line}\n`);
    await expect(replay(path)).rejects.toMatchObject({
      code: "bad_usage",
      facts: { path, line: 2 },
      message: expect.stringContaining(expected),
    });
  });

  it("is refused where it is a device, which may have no end", async () => {
    await expect(replay("/dev/zero")).rejects.toThrow("expected a regular file");
  });

  it("is refused by name when it is not there, and read once it is", async () => {
    const path = join(temporaryDirectory(), "later.jsonl");
    await expect(replay(path)).rejects.toMatchObject({
      code: "bad_usage",
      message: expect.stringContaining(path),
    });
    writeFileSync(path, lines({ row: "one", turn: 0, content: "here" }));
    expect((await replay(path)).content).toBe("here");
  });
});
