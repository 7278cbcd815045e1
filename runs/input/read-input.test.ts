import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InputRecord } from "../../datasets/read/read-records.ts";
import { parseColumnMap, type ColumnMap } from "../../datasets/rows/column-map.ts";
import { toInstructionRow } from "../../datasets/rows/instruction-row.ts";
import { toPairRow } from "../../datasets/rows/pair-row.ts";
import { toPromptRow } from "../../datasets/rows/prompt-row.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import { readInput, type InputReading } from "./read-input.ts";

async function read(rows: readonly unknown[], reading: InputReading) {
  const input = openWorkspace().write("rows.jsonl", rows);
  const records: InputRecord[] = [];
  for await (const record of readInput({ input, reading })) records.push(record);
  return records;
}

function maps(...texts: string[]): ColumnMap[] {
  return texts.map((text) => parseColumnMap(text) as ColumnMap);
}

describe("readInput", () => {
  it("reads a pair from named columns, and its label by the meaning of a value", async () => {
    const rows = [{ q: "Why?", one: "So.", two: { text: "No." }, best: 2, kind: "x" }];
    const map = maps("prompt=q", "a=one", "a.model=kind", "b=two.text", "label=best:1=a,2=b");
    const [record] = await read(rows, { map });
    expect(toPairRow(record!)).toMatchObject({
      row: {
        messages: [{ role: "user", content: "Why?" }],
        a: { text: "So.", model: "x" },
        b: { text: "No." },
        label: "b",
      },
    });
  });

  it("takes rows by a value, and calls a row without an id by its place in the file", async () => {
    const rows = [{ kind: "x" }, { kind: "y", prompt: "?" }, { kind: 1 }, { kind: "y" }];
    const records = await read(rows, { where: [{ field: "kind", value: "y" }] });
    expect(records.map(({ number, place }) => [number, place])).toEqual([
      [1, "line 2"],
      [2, "line 4"],
    ]);
    expect(toPromptRow(records[0]!)).toMatchObject({ row: { number: 1, id: "2" } });
  });

  it("draws as many rows as asked, in order, the same ones for a seed", async () => {
    const rows = Array.from({ length: 40 }, (_, index) => ({ index }));
    const draw = fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.string(), async (n, seed) => {
      const sample = { rows: n, seed };
      const drawn = await read(rows, { sample });
      expect(await read(rows, { sample })).toEqual(drawn);
      const places = drawn.map(({ numberInFile }) => numberInFile ?? 0);
      expect(places).toEqual([...new Set(places)].toSorted((one, other) => one - other));
      expect(drawn.map(({ number }) => number)).toEqual(places.map((_, index) => index + 1));
      expect(places).toHaveLength(Math.min(n, 40));
    });
    await fc.assert(draw, { numRuns: 20 });
  });
});

describe("columns of common names", () => {
  it("are read as a prompt and as a pair, and named", () => {
    const value = { question: "Why?", response_a: "So.", response_b: "No.", winner: "model_b" };
    expect(toPairRow({ number: 1, place: "line 1", value })).toMatchObject({
      row: {
        label: "b",
        taken: [
          "prompt from question",
          "a from response_a",
          "b from response_b",
          "label from winner",
        ],
      },
    });
    const alpaca = { instruction: "Sum.", input: "1, 2", system: "Be brief." };
    expect(toPromptRow({ number: 1, place: "line 1", value: alpaca })).toMatchObject({
      row: { messages: [{ content: "Be brief." }, { content: "Sum.\n\n1, 2" }] },
    });
  });
});

describe("lenient reading", () => {
  const says = (from: string, text = from) => ({ from, value: text });
  const ask = { role: "user", content: "Hi" };
  const reply = { role: "assistant", content: "Hello" };
  it.each([
    ["a human turn at the end", { conversations: [says("human"), says("gpt"), says("human")] }, 2],
    ["a gpt turn at the start", { conversations: [says("gpt"), says("human"), says("gpt")] }, 2],
    ["role and content", { conversations: [ask, reply] }, 2],
    ["Dolly's names", { instruction: "Sum.", context: "1, 2", response: "3" }, 2],
    ["a prompt with its response", { prompt: "Sum 1, 2", context: "", response: "3" }, 2],
    ["a number", { instruction: "Sum 1, 2", input: 0, output: 3 }, 2],
    ["other assistants", { conversations: [says("bard"), says("human"), says("bing")] }, 2],
    ["a task in input", { instruction: "", input: "Sum 1, 2", output: "3" }, 2],
  ])("takes %s", (_, value, messages) => {
    const record = { number: 1, place: "line 1", value };
    expect(toInstructionRow(record)).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/\. --lenient reads this row$/) as unknown,
    });
    const read = toInstructionRow(record, { lenient: true });
    expect(read.ok && read.row.conversation).toHaveLength(messages);
  });
});
