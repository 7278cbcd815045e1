import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { DpoLine } from "./preference-lines.ts";
import { writeOutputSet, type OutputSet } from "./output-set.ts";

const pair = {
  id: "1",
  prompt: [{ role: "user" as const, content: "?" }],
  chosen: [{ role: "assistant" as const, content: "yes" }],
  rejected: [{ role: "assistant" as const, content: "no \ud83d" }],
  source: { row: 1 },
};

async function writeAll(set: OutputSet): Promise<void> {
  const row = await set.jsonl("rows.jsonl");
  const dpo = await set.twin(join("inner", "dpo"), DpoLine);
  const array = await set.jsonArray("array.json");
  await row({ id: "1" });
  await row({ id: "2" });
  await dpo(pair);
  await array({ id: "1" });
}

const filesIn = (directory: string) =>
  readdirSync(directory, { recursive: true }).map(String).sort();

describe("writeOutputSet", () => {
  it("shows no file before all are whole, and describes each as it stands there", async () => {
    const directory = temporaryDirectory();
    const { result, files, repaired } = await writeOutputSet(directory, async (set) => {
      await writeAll(set);
      return filesIn(directory).filter((name) => /\.(?:jsonl?|parquet)$/.test(name));
    });
    expect(result).toEqual([]);
    expect(repaired).toBe(1);
    expect(filesIn(directory)).toEqual([
      "array.json",
      "inner",
      "inner/dpo.jsonl",
      "inner/dpo.parquet",
      "rows.jsonl",
    ]);
    expect(files.map(({ name, lines }) => [name, lines])).toEqual([
      ["rows.jsonl", 2],
      ["inner/dpo.jsonl", 1],
      ["inner/dpo.parquet", 1],
      ["array.json", expect.any(Number)],
    ]);
    for (const { name, sha256, bytes } of files) {
      const content = readFileSync(join(directory, name));
      expect({ name, sha256, bytes }).toEqual({
        name,
        sha256: createHash("sha256").update(content).digest("hex"),
        bytes: content.length,
      });
    }
  });

  it("leaves what was there before as it was, after an error in the middle", async () => {
    const directory = temporaryDirectory({ "rows.jsonl": "before\n" });
    const run = writeOutputSet(directory, async (set) => {
      await writeAll(set);
      throw new Error("in the middle");
    });
    await expect(run).rejects.toThrow("in the middle");
    expect(filesIn(directory)).toEqual(["inner", "rows.jsonl"]);
    expect(readFileSync(join(directory, "rows.jsonl"), "utf8")).toBe("before\n");
  });

  it("leaves no temporary file where one of them can't take its place", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "inner", "dpo.parquet"), { recursive: true });
    writeFileSync(join(directory, "inner", "dpo.parquet", "in-the-way"), "");
    const error: unknown = await writeOutputSet(directory, writeAll).catch((thrown) => thrown);
    expect(isFellowshipError(error) && error.code).toBe("storage_failed");
    expect(filesIn(directory).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("refuses a pair of equal texts as a mistake of ours", async () => {
    const directory = temporaryDirectory();
    const run = writeOutputSet(directory, async (set) => {
      const dpo = await set.twin("dpo", DpoLine);
      await dpo({ ...pair, rejected: pair.chosen });
    });
    await expect(run).rejects.toThrow("the same text");
    expect(filesIn(directory)).toEqual([]);
  });
});
