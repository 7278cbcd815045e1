import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDualWriter } from "./dual-writer.ts";
import { DpoLine, KtoLine, SftLine } from "./preference-lines.ts";
import { readRecords } from "../read/read-records.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fellowship-twin-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function dpoLine(number: number, chosen = `good 🙂 ${number}`): DpoLine {
  return {
    id: `row-${number}`,
    prompt: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Why?" },
    ],
    chosen: [{ role: "assistant", content: chosen }],
    rejected: [{ role: "assistant", content: "" }],
    ...(number % 2 === 0 ? { chosen_score: 9, rejected_score: 7.5, score_margin: 1.5 } : {}),
    source: { row: number, ...(number % 3 === 0 ? {} : { round: 2, agent: "generator" }) },
  };
}

async function readValues(path: string): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const record of readRecords(path))
    values.push("value" in record ? record.value : record);
  return values;
}

/** A Parquet row has nulls where the line has nothing. */
function withoutNulls(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, item: unknown) => item ?? undefined));
}

describe("openDualWriter", () => {
  it("writes the same lines as JSONL and as Parquet", async () => {
    const lines = Array.from({ length: 25 }, (_, index) => dpoLine(index + 1));
    const twin = await openDualWriter(join(directory, "multi-agent"), "generator.dpo", DpoLine, {
      rowsPerGroup: 10,
    });
    for (const line of lines) await twin.write(line);
    const { files, repaired } = await twin.commit();
    expect(repaired).toBe(0);
    expect(files.map(({ name, lines: count }) => [name, count])).toEqual([
      ["generator.dpo.jsonl", 25],
      ["generator.dpo.parquet", 25],
    ]);
    const jsonl = join(directory, "multi-agent", "generator.dpo.jsonl");
    expect(await readValues(jsonl)).toEqual(lines);
    expect(withoutNulls(await readValues(jsonl.replace("jsonl", "parquet")))).toEqual(lines);
  });

  it("has a column for what any line has, and for nothing else", async () => {
    const twin = await openDualWriter(directory, "dpo", DpoLine);
    const { chosen_score: _, rejected_score: __, score_margin: ___, ...unscored } = dpoLine(2);
    await twin.write(unscored);
    await twin.write({ ...unscored, source: { row: 7, same_prompt: false } });
    await twin.commit();
    expect(await readValues(join(directory, "dpo.parquet"))).toEqual([
      { ...unscored, source: { ...unscored.source, same_prompt: null } },
      { ...unscored, source: { row: 7, round: null, agent: null, same_prompt: false } },
    ]);
  });

  it("tells the hash and size of each file", async () => {
    const twin = await openDualWriter(directory, "kto", KtoLine);
    const { prompt, chosen: completion, source } = dpoLine(1);
    await twin.write({ id: "1", prompt, completion, label: true, source });
    for (const file of (await twin.commit()).files) {
      const content = await readFile(join(directory, file.name));
      expect(file.bytes).toBe(content.length);
      expect(file.sha256).toBe(createHash("sha256").update(content).digest("hex"));
    }
  });

  it("repairs lone surrogates in both files and counts the texts", async () => {
    const twin = await openDualWriter(directory, "dpo", DpoLine);
    await twin.write({ ...dpoLine(1, "cut \ud83d and \udc00"), id: "\ud800" });
    await twin.write(dpoLine(2));
    expect((await twin.commit()).repaired).toBe(2);
    for (const name of ["dpo.jsonl", "dpo.parquet"]) {
      const [first, second] = await readValues(join(directory, name));
      expect(first).toMatchObject({ id: "\ufffd", chosen: [{ content: "cut \ufffd and \ufffd" }] });
      expect(second).toMatchObject(dpoLine(2));
    }
  });

  it("makes valid files of no lines", async () => {
    const twin = await openDualWriter(directory, "sft", SftLine);
    const { files } = await twin.commit();
    expect(files.map((file) => file.lines)).toEqual([0, 0]);
    expect(await readValues(join(directory, "sft.jsonl"))).toEqual([]);
    expect(await readValues(join(directory, "sft.parquet"))).toEqual([]);
  });

  it("refuses a line with the same text on both sides", async () => {
    const twin = await openDualWriter(directory, "dpo", DpoLine);
    expect(() => twin.write(dpoLine(1, ""))).toThrow("the same text");
    await twin.abort();
    expect(await readdir(directory)).toEqual([]);
  });

  it("leaves no half of a pair when one file can't be opened", async () => {
    await mkdir(join(directory, "dpo.parquet.tmp"));
    const twin = await openDualWriter(directory, "dpo", DpoLine);
    await twin.write(dpoLine(1));
    await expect(twin.commit()).rejects.toMatchObject({ code: "storage_failed" });
    await twin.abort();
    expect(await readdir(directory)).toEqual(["dpo.parquet.tmp"]);
  });
});
