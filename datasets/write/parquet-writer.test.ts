import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import type { ParquetOptions } from "./parquet-writer.ts";
import { openParquetWriter } from "./parquet-writer.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fellowship-parquet-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const Row = z.strictObject({
  id: z.string(),
  messages: z.array(z.strictObject({ role: z.enum(["user", "assistant"]), content: z.string() })),
  label: z.boolean(),
  score: z.number().optional(),
  source: z.strictObject({ row: z.int(), agent: z.string().optional() }),
  extra: z.array(z.int()).optional(),
});
type Row = z.infer<typeof Row>;

async function write(name: string, rows: readonly Row[], options?: ParquetOptions) {
  const path = join(directory, name);
  const writer = await openParquetWriter(path, Row, options);
  for (const row of rows) await writer.write(row);
  return { path, written: await writer.commit() };
}

async function readBack(path: string) {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  return { metadata, rows: await parquetReadObjects({ file, metadata }) };
}

function row(number: number, change: Partial<Row> = {}): Row {
  const messages: Row["messages"] = [
    { role: "user", content: `question ${number}` },
    { role: "assistant", content: `👩‍👩‍👧 \u0000 \u2028 ${number}` },
  ];
  return { id: `${number}`, messages, label: number % 2 === 0, source: { row: number }, ...change };
}

describe("openParquetWriter", () => {
  it("writes lists of structs, structs, booleans, 64-bit integers, doubles and nulls", async () => {
    const rows = [
      row(1, { score: 9.5, extra: [1, 2] }),
      row(2, { messages: [], extra: [], source: { row: 2, agent: "judge" } }),
      row(3, { score: 7 }),
    ];
    const { path, written } = await write("types.parquet", rows);
    expect(written.lines).toBe(3);
    const back = await readBack(path);
    expect(back.rows).toEqual([
      { ...rows[0], source: { row: 1n, agent: null }, extra: [1n, 2n] },
      { ...rows[1], score: null, source: { row: 2n, agent: "judge" }, extra: [] },
      { ...rows[2], source: { row: 3n, agent: null }, extra: undefined },
    ]);
    expect(
      back.metadata.schema
        .filter((element) => element.type !== undefined)
        .map((element) => [element.name, element.type, element.repetition_type]),
    ).toEqual([
      ["id", "BYTE_ARRAY", "REQUIRED"],
      ["role", "BYTE_ARRAY", "REQUIRED"],
      ["content", "BYTE_ARRAY", "REQUIRED"],
      ["label", "BOOLEAN", "REQUIRED"],
      ["score", "DOUBLE", "OPTIONAL"],
      ["row", "INT64", "REQUIRED"],
      ["agent", "BYTE_ARRAY", "OPTIONAL"],
      ["element", "INT64", "REQUIRED"],
    ]);
  });

  it("writes row groups of so many rows, in order", async () => {
    const rows = Array.from({ length: 2500 }, (_, index) => row(index + 1));
    const { path } = await write("groups.parquet", rows);
    const { metadata, rows: back } = await readBack(path);
    expect(metadata.row_groups.map((group) => Number(group.num_rows))).toEqual([1000, 1000, 500]);
    expect(back.map((item) => item["id"])).toEqual(rows.map((item) => item.id));
  });

  it("ends a row group early when its texts are long", async () => {
    const messages: Row["messages"] = [{ role: "user", content: "x".repeat(600) }];
    const rows = [1, 2, 3, 4, 5].map((number) => row(number, { messages }));
    const { path } = await write("long.parquet", rows, { textPerGroup: 1000 });
    const { metadata } = await readBack(path);
    expect(metadata.row_groups.map((group) => Number(group.num_rows))).toEqual([2, 2, 1]);
  });

  it("writes a valid file with the schema for no rows", async () => {
    const { path, written } = await write("empty.parquet", []);
    expect(written.lines).toBe(0);
    const { metadata, rows } = await readBack(path);
    expect(rows).toEqual([]);
    expect(metadata.schema[0]?.num_children).toBe(6);
  });

  it("gives the same bytes for the same rows", async () => {
    const rows = Array.from({ length: 50 }, (_, index) => row(index + 1));
    const first = await write("first.parquet", rows, { rowsPerGroup: 7 });
    const second = await write("second.parquet", rows, { rowsPerGroup: 7 });
    expect(first.written).toEqual(second.written);
    expect(await readFile(first.path)).toEqual(await readFile(second.path));
  });

  it("leaves no trace when it is aborted", async () => {
    const writer = await openParquetWriter(join(directory, "aborted.parquet"), Row);
    await writer.write(row(1));
    await writer.abort();
    expect((await readdir(directory)).filter((name) => name.includes("aborted"))).toEqual([]);
  });

  it("refuses a schema that has no columns in Parquet", async () => {
    const schema = z.strictObject({ anything: z.unknown() });
    await expect(openParquetWriter(join(directory, "never.parquet"), schema)).rejects.toThrow(
      "anything: expected a type that Parquet has",
    );
  });
});
