import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openJournal, type JournalOptions } from "./journal.ts";
import {
  createMemoryFileSystem,
  systemError,
  type MemoryFileSystem,
} from "../../tests/memory-file-system.ts";

const path = "/out/journal.calls";

/** Opens, collects the records and closes again. */
async function recordsIn(fileSystem: MemoryFileSystem, options: JournalOptions = {}) {
  const records: unknown[] = [];
  const journal = await openJournal(path, {
    reserveBytes: 0,
    ...options,
    fileSystem,
    onRecord: (record) => void records.push(record),
  });
  await journal.close();
  return records;
}

function numbersUpTo(count: number): { n: number }[] {
  return Array.from({ length: count }, (_, n) => ({ n }));
}

describe("openJournal", () => {
  it("reads records in any order by one reader, those added meanwhile too", async () => {
    const journal = await openJournal(path, {
      reserveBytes: 0,
      fileSystem: createMemoryFileSystem(),
    });
    const records = Array.from({ length: 300 }, (_, n) => ({ n, text: "é".repeat(n * 10) }));
    const early = await Promise.all(records.slice(0, 200).map((one) => journal.append(one)));
    const read = journal.reader();
    for (const [n, place] of early.entries()) expect(await read(place)).toEqual(records[n]);
    const late = await Promise.all(records.slice(200).map((one) => journal.append(one)));
    const places = [...early, ...late];
    for (const n of [...places.keys()].toSorted(
      (one, other) => ((one * 7) % 300) - ((other * 7) % 300),
    )) {
      expect(await read(places[n]!)).toEqual(records[n]);
    }
    const { offset, length } = places[4]!;
    await expect(read({ offset: offset + 1, length })).rejects.toMatchObject({
      code: "journal_damaged",
    });
    await journal.close();
  });

  it("brings back what was appended, in order, whatever the sizes of groups and records", async () => {
    const anyText = fc
      .array(fc.integer({ min: 0, max: 0xff_ff }))
      .map((units) => String.fromCharCode(...units));
    const record = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      anyText,
      fc.constant("\u2028\u0000\r\n"),
    );
    const settings = fc.record({
      groupSize: fc.integer({ min: 1, max: 70 }),
      groupDelayMs: fc.integer({ min: 0, max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(record), { maxLength: 5 }),
        settings,
        async (waves, given) => {
          const fileSystem = createMemoryFileSystem();
          for (const wave of waves) {
            const journal = await openJournal(path, { ...given, reserveBytes: 0, fileSystem });
            const places = await Promise.all(wave.map((one) => journal.append(one)));
            const readBack = await Promise.all(places.map((place) => journal.read(place)));
            expect(JSON.stringify(readBack)).toBe(JSON.stringify(wave));
            await journal.close();
          }
          expect(JSON.stringify(await recordsIn(fileSystem))).toBe(JSON.stringify(waves.flat()));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("gives each record the place that append gave it", async () => {
    const fileSystem = createMemoryFileSystem();
    const first = await openJournal(path, { fileSystem, reserveBytes: 0 });
    const appended = await Promise.all(numbersUpTo(20).map((record) => first.append(record)));
    await first.close();
    const found: unknown[] = [];
    const second = await openJournal(path, {
      fileSystem,
      onRecord: (_, place) => void found.push(place),
    });
    expect(found).toEqual(appended);
    expect(second.recovery).toEqual({ records: 20, torn: null, salvage: null });
    await second.close();
  });

  it("acknowledges only what is synced, at most 64 records a sync", async () => {
    const syncs: number[] = [];
    const fileSystem = createMemoryFileSystem({
      before: ({ name }) => {
        if (name === "datasync") syncs.push(fileSystem.contentOf(path)?.length ?? 0);
      },
    });
    const journal = await openJournal(path, { fileSystem, reserveBytes: 0 });
    syncs.length = 0;
    await Promise.all(
      numbersUpTo(200).map(async (record) => {
        const { offset, length } = await journal.append(record);
        expect(fileSystem.durableContentOf(path)?.length).toBeGreaterThanOrEqual(offset + length);
      }),
    );
    expect(syncs).toHaveLength(4);
    await journal.close();
  });

  it("refuses a record JSON can't hold and goes on with the next", async () => {
    const fileSystem = createMemoryFileSystem();
    const journal = await openJournal(path, { fileSystem, reserveBytes: 0 });
    let deep: unknown[] = [];
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    const results = await Promise.allSettled([
      journal.append({ n: 0 }),
      journal.append({ big: 1n }),
      journal.append(deep),
      journal.append({ n: 1 }),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "rejected",
      "fulfilled",
    ]);
    await journal.close();
    expect(await recordsIn(fileSystem)).toEqual(numbersUpTo(2));
  });

  it("reads back only where a record stands", async () => {
    const journal = await openJournal(path, {
      fileSystem: createMemoryFileSystem(),
      reserveBytes: 0,
    });
    const place = await journal.append({ n: 0 });
    for (const wrong of [
      { ...place, offset: 1 },
      { ...place, length: place.length - 1 },
      { ...place, length: place.length + 1 },
      { offset: 1000, length: 10 },
      { offset: 0, length: 0 },
    ]) {
      await expect(journal.read(wrong)).rejects.toMatchObject({ code: "journal_damaged" });
    }
    await journal.close();
  });

  it("finishes the appends under way when it is closed, and refuses later ones", async () => {
    const fileSystem = createMemoryFileSystem();
    const journal = await openJournal(path, { fileSystem });
    const appended = Promise.all(numbersUpTo(3).map((record) => journal.append(record)));
    await Promise.all([journal.close(), journal.close()]);
    await appended;
    await expect(journal.append({ n: 3 })).rejects.toMatchObject({ code: "storage_failed" });
    expect(await recordsIn(fileSystem)).toEqual(numbersUpTo(3));
    expect(fileSystem.paths()).toEqual([path]);
  });

  it("makes sure of what a killed process wrote and did not sync, before anything is built upon it", async () => {
    const fileSystem = createMemoryFileSystem();
    const killed = await openJournal(path, { fileSystem, reserveBytes: 0, sync: false });
    await killed.append({ n: 0 });
    expect(fileSystem.durableContentOf(path)).toHaveLength(0);
    expect(await recordsIn(fileSystem)).toEqual(numbersUpTo(1));
    expect(fileSystem.durableContentOf(path)).toEqual(fileSystem.contentOf(path));
  });

  it("passes on what onRecord throws", async () => {
    const fileSystem = createMemoryFileSystem();
    const journal = await openJournal(path, { fileSystem });
    await journal.append({ n: 0 });
    await journal.close();
    const bug = new TypeError("not expected");
    const onRecord = () => {
      throw bug;
    };
    await expect(openJournal(path, { fileSystem, onRecord })).rejects.toBe(bug);
  });
});

describe("a journal on a failing disk", () => {
  /** Appends until something fails; says what was acknowledged. */
  async function appendUntilFailure(fileSystem: MemoryFileSystem, options: JournalOptions = {}) {
    const acknowledged: { n: number }[] = [];
    const journal = await openJournal(path, { reserveBytes: 0, ...options, fileSystem });
    for (let wave = 0; wave < 8; wave += 1) {
      const records = [0, 1, 2].map((n) => ({ n: wave * 3 + n, text: "x".repeat(100) }));
      const results = await Promise.allSettled(records.map((record) => journal.append(record)));
      acknowledged.push(...records.filter((_, index) => results[index]?.status === "fulfilled"));
      for (const result of results) {
        if (result.status === "rejected")
          expect(result.reason).toHaveProperty("code", "storage_failed");
      }
    }
    return { acknowledged, journal };
  }

  const writes = [0, 1, 2, 3, 4, 5, 6, 7];
  it.each(writes)("keeps what it acknowledged when write %i and all after it fail", async (nth) => {
    let count = 0;
    let broken = true;
    const fileSystem = createMemoryFileSystem({
      before: ({ name }) => {
        if (name === "write" && broken && count++ >= nth) throw systemError("EIO");
      },
    });
    const { acknowledged, journal } = await appendUntilFailure(fileSystem);
    expect(acknowledged).toHaveLength(nth * 3);
    await expect(journal.append({})).rejects.toMatchObject({ facts: { systemCode: "EIO" } });
    await journal.close();
    broken = false;
    expect(await recordsIn(fileSystem)).toEqual(acknowledged);
    expect(fileSystem.paths()).toEqual([path]);
  });

  it("keeps what it acknowledged when the disk fills up in the middle of a record", async () => {
    for (let capacityBytes = 900; capacityBytes < 1100; capacityBytes += 7) {
      const full = createMemoryFileSystem({ capacityBytes });
      const { acknowledged, journal } = await appendUntilFailure(full);
      await journal.close();
      expect(acknowledged.length).toBeGreaterThan(0);
      expect(acknowledged.length).toBeLessThan(24);
      expect(await recordsIn(full)).toEqual(acknowledged);
    }
  });

  it("copes where the half-written group can't even be taken back", async () => {
    const fileSystem = createMemoryFileSystem({
      capacityBytes: 1000,
      before: ({ name }) => {
        if (name === "truncate") throw systemError("EIO");
      },
    });
    const { acknowledged, journal } = await appendUntilFailure(fileSystem);
    // What stands there in part would be damage with a record behind it.
    const late = journal.append({ n: "late" }, { irreplaceable: true });
    await expect(late).rejects.toMatchObject({ code: "storage_failed" });
    await journal.close();
    const roomy = createMemoryFileSystem();
    roomy.put(path, fileSystem.contentOf(path) ?? Buffer.alloc(0));
    const records = await recordsIn(roomy);
    expect(records.slice(0, acknowledged.length)).toEqual(acknowledged);
    expect(records.length).toBeLessThan(acknowledged.length + 3);
    expect(records).not.toContainEqual({ n: "late" });
  });

  it("gives up its reserve when the disk is full, keeps the record and says so once", async () => {
    const reserveBytes = 2000;
    const fileSystem = createMemoryFileSystem({ capacityBytes: 3000 });
    const complaints: unknown[] = [];
    const { acknowledged, journal } = await appendUntilFailure(fileSystem, {
      reserveBytes,
      onDiskFull: (error) => void complaints.push(error),
    });
    expect(complaints).toMatchObject([
      { code: "storage_failed", facts: { file: path, systemCode: "ENOSPC" } },
    ]);
    expect(acknowledged.length).toBeGreaterThan(1000 / 130 + 8);
    await journal.close();
    expect(await recordsIn(fileSystem)).toEqual(acknowledged);
  });

  it("does not begin on a disk without room for the reserve", async () => {
    const fileSystem = createMemoryFileSystem({ capacityBytes: 1000 });
    await expect(openJournal(path, { fileSystem, reserveBytes: 2000 })).rejects.toMatchObject({
      code: "storage_failed",
    });
    expect(fileSystem.paths()).toEqual([path]);
  });

  it("takes a failed sync for the end, and does not sync again", async () => {
    let syncs = 0;
    let broken = false;
    const fileSystem = createMemoryFileSystem({
      before: ({ name }) => {
        if (name !== "datasync" || !broken) return;
        syncs += 1;
        if (syncs === 3) throw systemError("EIO");
      },
    });
    const options = { reserveBytes: 0, fileSystem };
    await (await openJournal(path, options)).close();
    const journal = await openJournal(path, options);
    broken = true;
    const results: string[] = [];
    for (let n = 0; n < 6; n += 1) {
      results.push(
        await journal.append({ n }).then(
          () => "kept",
          (error: { code: string }) => error.code,
        ),
      );
    }
    await journal.close();
    expect(results).toEqual(["kept", "kept", ...Array<string>(4).fill("storage_failed")]);
    expect(syncs).toBe(3);
    broken = false;
    // The third may be there or not: it was not acknowledged.
    expect((await recordsIn(fileSystem)).slice(0, 2)).toEqual(numbersUpTo(2));
  });

  it.each(["write", "datasync"])(
    "writes what can't be had again where it can after a failed %s, once, and acknowledges none of it",
    async (failing) => {
      let count = 0;
      const fileSystem = createMemoryFileSystem({
        before: ({ name }) => {
          if (name === failing && (count += 1) === 3) throw systemError("EIO");
        },
      });
      const journal = await openJournal(path, { reserveBytes: 0, fileSystem });
      const results: PromiseSettledResult<unknown>[] = [];
      for (const wave of [0, 1, 2, 3]) {
        const records = [0, 1, 2].map((n) => ({ n: wave * 3 + n }));
        const appends = records.map((record) =>
          journal.append(record, { irreplaceable: record.n % 3 !== 1 }),
        );
        results.push(...(await Promise.allSettled(appends)));
      }
      const late = journal.append({ n: 12 }, { irreplaceable: true });
      await Promise.allSettled([late, journal.close()]);
      const kept = results.filter(({ status }) => status === "fulfilled").length;
      // Opening syncs once.
      expect(kept).toBe(failing === "write" ? 6 : 3);
      const found = (await recordsIn(fileSystem)) as { n: number }[];
      const numbers = found.map(({ n }) => n);
      expect(numbers.slice(0, kept)).toEqual(numbersUpTo(kept).map(({ n }) => n));
      expect(numbers.filter((n) => n % 3 !== 1)).toEqual([0, 2, 3, 5, 6, 8, 9, 11, 12]);
      expect(numbers).not.toContain(10);
    },
  );

  it.each(["EROFS", "EACCES", "EIO"])(
    "says storage_failed where it can't be opened: %s",
    async (code) => {
      const fileSystem = createMemoryFileSystem({
        before: () => {
          throw systemError(code);
        },
      });
      await expect(openJournal(path, { fileSystem })).rejects.toMatchObject({
        code: "storage_failed",
        facts: { file: path, systemCode: code },
      });
    },
  );
});

describe("a journal whose machine loses its power", () => {
  it("has all it acknowledged, whatever became of the rest", async () => {
    const syncs: { durable: Buffer; written: Buffer }[] = [];
    const fileSystem = createMemoryFileSystem({
      before: ({ name }) => {
        if (name !== "datasync") return;
        syncs.push({
          durable: fileSystem.durableContentOf(path) ?? Buffer.alloc(0),
          written: fileSystem.contentOf(path) ?? Buffer.alloc(0),
        });
      },
    });
    const journal = await openJournal(path, { fileSystem, reserveBytes: 0 });
    await Promise.all(numbersUpTo(5).map((record) => journal.append(record)));
    await Promise.all([5, 6, 7].map((n) => journal.append({ n })));
    await journal.close();
    const { durable, written } = syncs.at(-1) ?? expect.fail("nothing was synced");
    for (let reached = durable.length; reached <= written.length; reached += 1) {
      for (const size of [reached, written.length, written.length + 4096]) {
        const image = Buffer.alloc(Math.max(size, reached)); // NULs where the content did not reach the disk
        written.copy(image, 0, 0, reached);
        const afterwards = createMemoryFileSystem();
        afterwards.put(path, image);
        const records = await recordsIn(afterwards);
        expect(records.length).toBeGreaterThanOrEqual(5);
        expect(records).toEqual(numbersUpTo(records.length));
      }
    }
  });
});

describe("a journal on the disk", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "journal-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("keeps a record of 20 MB and its neighbours", async () => {
    const file = join(directory, "journal.calls");
    const records = [{ n: 0 }, { text: "ä\n".repeat(5_000_000) }, { n: 1 }];
    const journal = await openJournal(file);
    const places = await Promise.all(records.map((record) => journal.append(record)));
    expect(await readdir(directory)).toEqual(["journal.calls", "journal.calls.reserve"]);
    await journal.close();
    const lengths: number[] = [];
    const again = await openJournal(file, {
      onRecord: (record) => void lengths.push(JSON.stringify(record).length),
    });
    expect(lengths).toEqual(records.map((record) => JSON.stringify(record).length));
    expect(await again.read(places[1] ?? { offset: 0, length: 0 })).toEqual(records[1]);
    await again.close();
    expect(await readdir(directory)).toEqual(["journal.calls"]);
  });

  it("has every acknowledged record after its writer was killed", async () => {
    const file = join(directory, "journal.calls");
    const script = join(directory, "writer.mts");
    await writeFile(script, writerScript(file));
    const writer = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => writer.once("exit", resolve));
    const acknowledged: number[] = [];
    for await (const line of createInterface(writer.stdout)) {
      acknowledged.push(Number(line));
      if (acknowledged.length === 500) writer.kill("SIGKILL");
    }
    await ended;
    const found: number[] = [];
    const journal = await openJournal(file, {
      onRecord: (record) => void found.push((record as { n: number }).n),
    });
    await journal.close();
    expect(acknowledged.length).toBeGreaterThanOrEqual(500);
    expect(found).toEqual(found.map((_, index) => index));
    expect(acknowledged.filter((n) => n >= found.length)).toEqual([]);
  });
});

/** Eight writers that acknowledge each append on stdout, in the moment it resolves. */
function writerScript(file: string): string {
  return `
    import { writeSync } from "node:fs";
    import { openJournal } from ${JSON.stringify(new URL("journal.ts", import.meta.url).href)};
    const journal = await openJournal(${JSON.stringify(file)});
    let next = 0;
    await Promise.all(Array.from({ length: 8 }, async () => {
      for (;;) {
        const n = next++;
        await journal.append({ n, text: "x".repeat(n % 3000) });
        writeSync(1, n + "\\n");
      }
    }));
  `;
}
