import { describe, expect, it } from "vitest";
import { openJournal } from "./journal.ts";
import { encodeLine } from "./journal-line.ts";
import { createMemoryFileSystem, systemError } from "../../tests/memory-file-system.ts";

const path = "/out/journal.calls";
const records = Array.from({ length: 12 }, (_, n) => ({ n, text: "ä".repeat(n * 4) }));
const lines = records.map((record, sequence) => encodeLine(record, sequence));
const whole = Buffer.concat(lines);

async function openOver(content: Uint8Array) {
  const fileSystem = createMemoryFileSystem();
  fileSystem.put(path, content);
  const found: unknown[] = [];
  const journal = await openJournal(path, {
    fileSystem,
    reserveBytes: 0,
    onRecord: (record) => void found.push(record),
  });
  return { fileSystem, found, journal };
}

/**
 * How many whole records the first `bytes` of the journal hold, and where the last of them ends.
 */
function wholeWithin(bytes: number): { count: number; end: number } {
  let end = 0;
  let count = 0;
  for (const line of lines) {
    if (end + line.length > bytes) break;
    end += line.length;
    count += 1;
  }
  return { count, end };
}

describe("a journal's torn tail", () => {
  it("costs only the record it cut, at every byte, and the next record stands by itself", async () => {
    for (let cut = whole.length - 600; cut < whole.length; cut += 1) {
      const { count, end } = wholeWithin(cut);
      const { fileSystem, found, journal } = await openOver(whole.subarray(0, cut));
      expect(found).toEqual(records.slice(0, count));
      const torn = { offset: end, length: cut - end, path: `${path}.torn-1` };
      expect(journal.recovery.torn).toEqual(cut === end ? null : torn);
      expect(fileSystem.contentOf(torn.path)).toEqual(
        cut === end ? undefined : whole.subarray(end, cut),
      );
      await journal.append({ next: true });
      await journal.close();
      const again = await openOver(fileSystem.contentOf(path) ?? Buffer.alloc(0));
      expect(again.found).toEqual([...records.slice(0, count), { next: true }]);
      expect(again.journal.recovery.torn).toBeNull();
    }
  });

  it("may be NULs, which a power loss leaves where the file had grown and its content had not come", async () => {
    for (const cut of [whole.length, whole.length - 1, whole.length - 30]) {
      for (const nulls of [1, 512, 3_000_000]) {
        const { count, end } = wholeWithin(cut);
        const image = Buffer.concat([whole.subarray(0, cut), Buffer.alloc(nulls)]);
        const { found, journal } = await openOver(image);
        expect(found).toEqual(records.slice(0, count));
        expect(journal.recovery.torn).toMatchObject({ offset: end, length: image.length - end });
      }
    }
  });

  it("is kept under a number of its own each time", async () => {
    const { fileSystem, journal } = await openOver(whole.subarray(0, -3));
    await journal.close();
    fileSystem.put(path, whole.subarray(0, -5));
    const again = await openJournal(path, { fileSystem, reserveBytes: 0 });
    expect(again.recovery.torn?.path).toBe(`${path}.torn-2`);
    expect(fileSystem.paths()).toEqual([path, `${path}.torn-1`, `${path}.torn-2`]);
  });

  it("stays where it is until its copy is safe", async () => {
    const fileSystem = createMemoryFileSystem({
      before: ({ name, path: target }) => {
        if (name === "sync" && target.includes("torn")) throw systemError("EIO");
      },
    });
    fileSystem.put(path, whole.subarray(0, -3));
    await expect(openJournal(path, { fileSystem })).rejects.toMatchObject({
      code: "storage_failed",
    });
    expect(fileSystem.contentOf(path)).toEqual(whole.subarray(0, -3));
  });
});

describe("a journal's damage", () => {
  async function expectRefused(content: Uint8Array, offset?: number) {
    const fileSystem = createMemoryFileSystem();
    fileSystem.put(path, content);
    const opening = openJournal(path, { fileSystem });
    await expect(opening).rejects.toMatchObject({
      code: "journal_damaged",
      ...(offset === undefined ? {} : { facts: { file: path, offset } }),
    });
    expect(fileSystem.contentOf(path)?.equals(content)).toBe(true);
    expect(fileSystem.paths()).toEqual([path]);
  }

  it("is found in every single bit, the newlines and the last record included", async () => {
    const content = whole.subarray(0, wholeWithin(600).end);
    for (let bit = 0; bit < content.length * 8; bit += 1) {
      const damaged = Buffer.from(content);
      // oxlint-disable-next-line no-bitwise -- the point of it
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await expectRefused(damaged);
    }
  });

  it("is found where records are swapped, doubled or missing", async () => {
    const at = (index: number) => lines.slice(0, index).reduce((sum, line) => sum + line.length, 0);
    for (let index = 0; index < lines.length - 1; index += 1) {
      const [one, two] = [lines[index] ?? Buffer.alloc(0), lines[index + 1] ?? Buffer.alloc(0)];
      const before = lines.slice(0, index);
      const after = lines.slice(index + 2);
      await expectRefused(Buffer.concat([...before, two, one, ...after]), at(index));
      await expectRefused(Buffer.concat([...before, one, one, two, ...after]), at(index + 1));
      await expectRefused(Buffer.concat([...before, two, ...after]), at(index));
    }
    await expectRefused(Buffer.concat([...lines, lines.at(-1) ?? Buffer.alloc(0)]), whole.length);
  });

  it("is found where a stretch is NULs or missing", async () => {
    await expectRefused(Buffer.from(whole).fill(0, 100, 200));
    await expectRefused(Buffer.concat([whole.subarray(0, 100), whole.subarray(200)]));
    await expectRefused(Buffer.concat([Buffer.alloc(20), whole]), 0);
  });

  it("is found in a file that is no journal", async () => {
    await expectRefused(Buffer.from('{"n": 1}\n{"n": 2}\n'), 0);
    await expectRefused(Buffer.from("no newline"), 0);
  });

  it("is told with the file, the place and the remedy", async () => {
    const fileSystem = createMemoryFileSystem();
    fileSystem.put(path, Buffer.concat([...lines.slice(0, 3), ...lines.slice(4)]));
    await expect(openJournal(path, { fileSystem })).rejects.toThrow(
      /journal\.calls is damaged at byte \d+: expected record 3, got record 4.*--salvage/s,
    );
  });
});
