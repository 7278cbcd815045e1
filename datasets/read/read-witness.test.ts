import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { readRecords } from "./read-records.ts";
import { createReadWitness } from "./read-witness.ts";

const decimals = join(import.meta.dirname, "fixtures", "decimals.parquet");
/** Random letters don't shrink when they are packed: more than one chunk is read. */
const long = (row: number) =>
  Array.from({ length: 300_000 }, (_, at) => String.fromCharCode(97 + ((at * row * 7919) % 25)));
const lines = [1, 2, 3, 4].map((row) => `{"prompt":"${long(row).join("")}"}\n`).join("");

describe("createReadWitness", () => {
  it.each(["rows.jsonl", "rows.jsonl.gz", "rows.parquet"])(
    "notices a file that was another one while it was read: %s",
    async (name) => {
      const path = join(temporaryDirectory(), name);
      if (name.endsWith("parquet")) copyFileSync(decimals, path);
      else writeFileSync(path, name.endsWith("gz") ? gzipSync(lines) : lines);
      const original = readFileSync(path);
      const witness = createReadWitness();
      for await (const _ of readRecords(path, { witness }));
      expect(await witness.isUnchanged(path)).toBe(true);
      // As if these were the bytes that were read, and the others were put back afterwards.
      const other = Buffer.from(original);
      const last = other.length - 20;
      other[last] = (other[last] ?? 0) ^ 1;
      writeFileSync(path, other);
      expect(await witness.isUnchanged(path)).toBe(false);
    },
  );

  it("looks only at what was read", async () => {
    const path = join(temporaryDirectory(), "rows.jsonl");
    writeFileSync(path, lines);
    const witness = createReadWitness();
    for await (const _ of readRecords(path, { witness })) break;
    writeFileSync(path, `${lines.slice(0, -10)}0123456"}\n`);
    expect(await witness.isUnchanged(path)).toBe(true);
  });
});
