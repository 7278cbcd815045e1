import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openJournal } from "./journal.ts";
import { encodeLine } from "./journal-line.ts";
import { createMemoryFileSystem, systemError } from "../../tests/memory-file-system.ts";

const path = "/out/journal.calls";
const records = Array.from({ length: 10 }, (_, n) => ({ n, text: "x".repeat(n * 3) }));
const lines = records.map((record, sequence) => encodeLine(record, sequence));
const whole = Buffer.concat(lines);

/** Where record `index` begins. */
const startOf = (index: number) => Buffer.concat(lines.slice(0, index)).length;

async function salvage(content: Uint8Array) {
  const fileSystem = createMemoryFileSystem();
  fileSystem.put(path, content);
  const found: unknown[] = [];
  const options = {
    fileSystem,
    reserveBytes: 0,
    onRecord: (record: unknown) => void found.push(record),
  };
  const journal = await openJournal(path, { ...options, salvage: true });
  return { fileSystem, found, journal, report: journal.recovery.salvage, options };
}

function without(...dropped: number[]) {
  return records.filter(({ n }) => !dropped.includes(n));
}

describe("opening with salvage", () => {
  it("changes nothing where nothing is damaged", async () => {
    for (const content of [whole, whole.subarray(0, -5), Buffer.alloc(0)]) {
      const { fileSystem, report } = await salvage(content);
      expect(report).toBeNull();
      expect(fileSystem.paths()).not.toContain(`${path}.damaged-1`);
    }
    const empty = createMemoryFileSystem();
    const journal = await openJournal(path, { fileSystem: empty, salvage: true, reserveBytes: 0 });
    expect(journal.recovery).toEqual({ records: 0, torn: null, salvage: null });
  });

  it("drops one damaged record, says which, and keeps the damaged file whole", async () => {
    const damaged = Buffer.from(whole);
    damaged.write("!", startOf(4) + 30);
    const { fileSystem, found, report } = await salvage(damaged);
    expect(found).toEqual(without(4));
    expect(report).toEqual({
      keptAs: `${path}.damaged-1`,
      kept: 9,
      lost: 1,
      missing: [{ first: 4, last: 4 }],
      stretches: [
        {
          offset: startOf(4),
          length: lines[4]?.length,
          reason: expect.stringMatching(/checksum/) as string,
        },
      ],
      copies: 0,
    });
    expect(fileSystem.contentOf(`${path}.damaged-1`)).toEqual(damaged);
  });

  it("leaves a journal that opens as usual and goes on", async () => {
    const damaged = Buffer.from(whole);
    damaged.write("!", startOf(4) + 30);
    const { found, journal, options } = await salvage(damaged);
    const place = await journal.append({ next: true });
    expect(await journal.read(place)).toEqual({ next: true });
    await journal.close();
    found.length = 0;
    const again = await openJournal(path, options);
    expect(found).toEqual([...without(4), { next: true }]);
    expect(again.recovery).toEqual({ records: 10, torn: null, salvage: null });
  });

  it("loses both records of a damaged newline, and one record that a newline split", async () => {
    const merged = Buffer.from(whole);
    merged.write("\u000b", startOf(5) - 1);
    const { found: afterMerge, report: ofMerge } = await salvage(merged);
    expect(afterMerge).toEqual(without(4, 5));
    expect(ofMerge).toMatchObject({ lost: 2, missing: [{ first: 4, last: 5 }] });
    expect(ofMerge?.stretches).toHaveLength(1);

    const split = Buffer.from(whole);
    split.write("\n", startOf(4) + 20);
    const { found: afterSplit, report: ofSplit } = await salvage(split);
    expect(afterSplit).toEqual(without(4));
    expect(ofSplit).toMatchObject({ lost: 1 });
    expect(ofSplit?.stretches).toMatchObject([{ offset: startOf(4), length: lines[4]?.length }]);
  });

  it("puts swapped records back, drops copies, and counts removed ones", async () => {
    const part = (...indexes: number[]) => indexes.map((index) => lines[index] ?? Buffer.alloc(0));
    const swapped = await salvage(Buffer.concat(part(0, 2, 1, 3)));
    expect(swapped.found).toEqual(records.slice(0, 4));
    expect(swapped.report).toMatchObject({ kept: 4, lost: 0, copies: 0, stretches: [] });
    const doubled = await salvage(Buffer.concat(part(0, 1, 1, 2)));
    expect(doubled.found).toEqual(records.slice(0, 3));
    expect(doubled.report).toMatchObject({ kept: 3, lost: 0, copies: 1 });
    const removed = await salvage(Buffer.concat(part(2, 3, 7)));
    expect(removed.found).toEqual([records[2], records[3], records[7]]);
    expect(removed.report).toMatchObject({
      lost: 5,
      missing: [
        { first: 0, last: 1 },
        { first: 4, last: 6 },
      ],
    });
  });

  it("counts damage at the end, where the last newline is damaged too", async () => {
    const lastByte = Buffer.from(whole);
    lastByte.write("\u000b", whole.length - 1);
    const { found, report } = await salvage(lastByte);
    expect(found).toEqual(without(9));
    expect(report).toMatchObject({ lost: 1, stretches: [{ offset: startOf(9) }] });
  });

  it("keeps each time's damaged file", async () => {
    const { fileSystem, journal } = await salvage(whole.subarray(3));
    await journal.close();
    fileSystem.put(path, whole.subarray(3));
    const again = await openJournal(path, { fileSystem, salvage: true, reserveBytes: 0 });
    expect(again.recovery.salvage?.keptAs).toBe(`${path}.damaged-2`);
  });

  it("keeps nothing of a file that is no journal, except the file", async () => {
    const { found, report, fileSystem } = await salvage(Buffer.from("one\ntwo\n"));
    expect(found).toEqual([]);
    expect(report).toMatchObject({ kept: 0, lost: 1 });
    expect(fileSystem.contentOf(`${path}.damaged-1`)?.toString()).toBe("one\ntwo\n");
  });

  it.each(["write", "sync", "link", "rename"] as const)(
    "leaves the journal as it was when %s fails",
    async (failing) => {
      const fileSystem = createMemoryFileSystem({
        before: ({ name }) => {
          if (name === failing) throw systemError("EIO");
        },
      });
      const damaged = whole.subarray(3);
      fileSystem.put(path, damaged);
      await expect(openJournal(path, { fileSystem, salvage: true })).rejects.toMatchObject({
        code: "storage_failed",
      });
      expect(fileSystem.contentOf(path)).toEqual(damaged);
    },
  );
});

describe("salvage on the disk", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "salvage-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("leaves the damaged file and the new one under their names", async () => {
    const file = join(directory, "journal.calls");
    const damaged = Buffer.from(whole).fill(0, 100, 120);
    await writeFile(file, damaged);
    const journal = await openJournal(file, { salvage: true });
    await journal.close();
    expect(await readFile(`${file}.damaged-1`)).toEqual(damaged);
    expect(await readdir(directory)).toEqual(["journal.calls", "journal.calls.damaged-1"]);
  });
});
