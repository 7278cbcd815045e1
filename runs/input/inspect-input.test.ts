import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { toPairRow } from "../../datasets/rows/pair-row.ts";
import { toPromptRow, type PromptRow } from "../../datasets/rows/prompt-row.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import type { RowReader } from "./input-report.ts";
import { inspectInput } from "./inspect-input.ts";

const prompts: RowReader<PromptRow> = {
  toRow: toPromptRow,
  wanted: [["prompt", "messages"]],
  preview: ({ messages }) => ({ prompt: messages.at(-1)?.content ?? "" }),
};
const pairs = {
  toRow: toPairRow,
  wanted: [["prompt", "messages"], ["a"], ["b"]],
  preview: () => ({}),
};

const good = { prompt: "Name a river." };
const bad = { prompt: 7, note: "x" };

async function refusalOf(content: string | readonly unknown[], reader: RowReader<never>) {
  const name = typeof content === "string" ? "rows.csv" : "rows.jsonl";
  const input = openWorkspace().write(name, content);
  const error: unknown = await inspectInput(reader, { input }).catch((thrown: unknown) => thrown);
  return error as { code: string; message: string };
}

describe("inspectInput", () => {
  it("refuses an input without a usable row, with reasons, columns and a guess", async () => {
    const { code, message } = await refusalOf("Nr,Prompt\n1,Why?\n2,How?\n", prompts as never);
    expect(code).toBe("bad_input");
    expect(message.split("\n").slice(1)).toEqual([
      "  2 rows: expected prompt or messages, found neither (the first: line 2)",
      "Columns found: Nr, Prompt.",
      "Columns wanted: prompt or messages.",
      "Did you mean --map prompt=Prompt?",
    ]);
  });

  it("guesses columns by their meaning, quoted for a shell where needed", async () => {
    const table = "The Question,Response A,Response B\nWhy?,So.,No.\n";
    const { message } = await refusalOf(table.replace("The ", ""), pairs as never);
    expect(message).toContain("--map 'a=Response A' --map 'b=Response B'");
    expect(message).toContain("--map prompt=Question");
  });

  it("shows the first three reasons", async () => {
    const rows = [1, "x", { prompt: 2 }, { prompt: " " }, { prompt: 3 }];
    const { message } = await refusalOf(rows, prompts as never);
    expect(message.split("\n").slice(1, 5)).toEqual([
      "  2 rows: prompt: expected text, found a number (the first: line 3)",
      "  1 row: expected an object, found a number (the first: line 1)",
      "  1 row: expected an object, found a string (the first: line 2)",
      "  and 1 more",
    ]);
  });

  it("counts every row of the whole input, and only the first 1,000 before a run", async () => {
    const rows = Array.from({ length: 1500 }, (_, index) => (index % 3 === 0 ? bad : good));
    const input = openWorkspace().write("rows.jsonl", rows);
    const all = await inspectInput(prompts, { input }, "all");
    expect(all).toEqual({
      rows: 1500,
      usable: 1000,
      windows1252: 0,
      problems: [{ problem: "prompt: expected text, found a number", rows: 500, first: "line 1" }],
      columns: ["prompt", "note"],
      taken: [],
      first: [good, good, good],
    });
    expect(await inspectInput(prompts, { input })).toMatchObject({ rows: 1000, usable: 666 });
  });

  it("reads on to the first usable row, but not beyond the limit", async () => {
    const rows = [...Array.from({ length: 1200 }, () => bad), good];
    const input = openWorkspace().write("rows.jsonl", rows);
    expect(await inspectInput(prompts, { input })).toMatchObject({ rows: 1201, usable: 1 });
    await expect(inspectInput(prompts, { input, limit: 1200 })).rejects.toThrow("1200 rows");
  });

  it("reads packed files to their end", async () => {
    const packed = gzipSync(
      Array.from({ length: 3000 }, (_, index) => `{"prompt":"${Math.sin(index)}"}\n`).join(""),
    );
    const space = openWorkspace();
    const input = space.write("rows.jsonl.gz", packed.subarray(0, packed.length - 20));
    await expect(inspectInput(prompts, { input, limit: 1 })).rejects.toThrow("expected gzip");
  });
});
