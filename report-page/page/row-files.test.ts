import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { openRowFiles } from "./row-files.ts";

describe("openRowFiles", () => {
  it("gives the page few rows as lines, those of a megabyte included", async () => {
    const { rows, end } = await collected(["short", "ü".repeat(1_200_000), "€😀", ""]);
    expect(end.lines.map((line) => JSON.parse(line) as unknown)).toEqual(rows);
    expect(end).toMatchObject({ chunkStarts: null, files: [] });
  });

  it("writes many rows into files, each row into one", async () => {
    const long = Array.from({ length: 60 }, (_, at) => `${at} ${"é€😀".repeat(100_000)}`);
    const { rows, end, directory } = await collected([...long, "the last"]);
    expect(end.lines).toEqual([]);
    const read = end.files.map((name, number) => {
      const text = readFileSync(join(directory, name), "utf8");
      const [, own, deflated = ""] = /^fellowshipRows\((\d+),"([^"]*)"\);\n$/.exec(text) ?? [];
      expect(Number(own)).toBe(number);
      return JSON.parse(inflateRawSync(Buffer.from(deflated, "base64")).toString()) as unknown[];
    });
    expect(read.flat()).toEqual(rows);
    const starts = read.map((_, number) => read.slice(0, number).flat().length);
    expect(end.chunkStarts).toEqual(starts);
    expect(readdirSync(join(directory, "report-rows"))).toHaveLength(end.files.length);
  });

  it("gives nothing of a run without rows", async () => {
    expect((await collected([])).end).toEqual({ lines: [], chunkStarts: null, files: [] });
  });
});

async function collected(texts: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), "fellowship-rows-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const files = openRowFiles(directory);
  const rows = texts.map((text, row) => ({ row, text }));
  // oxlint-disable-next-line no-await-in-loop -- in their order
  for (const row of rows) await files.add(row);
  return { rows, end: await files.end(), directory };
}
