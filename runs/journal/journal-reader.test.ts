import { appendFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { encodeLine } from "./journal-line.ts";
import { openJournalReader } from "./journal-reader.ts";
import type { RecordOffset } from "./journal-scan.ts";

const line = (number: number) => encodeLine({ number }, number);

/** A journal of so many records, and these bytes behind them. */
function written(records: number, rest: Buffer = Buffer.alloc(0)) {
  const directory = temporaryDirectory();
  const path = join(directory, "journal.calls");
  const lines = Array.from({ length: records }, (_, number) => line(number));
  writeFileSync(path, Buffer.concat([...lines, rest]));
  return { directory, path };
}

async function read(path: string) {
  const records: unknown[] = [];
  const places: RecordOffset[] = [];
  const reader = await openJournalReader(path, (record, place) => {
    records.push(record);
    places.push(place);
  });
  return { records, places, reader };
}

const failure = (path: string) =>
  read(path).then(
    () => "read",
    (error: unknown) => (isFellowshipError(error) ? error.code : (error as { code: string }).code),
  );

describe("openJournalReader", () => {
  it.each([
    ["nothing", Buffer.alloc(0)],
    ["the beginning of a record", line(3).subarray(0, 20)],
    ["a record without its newline", line(3).subarray(0, -1)],
    ["what a power loss leaves", Buffer.concat([line(3).subarray(0, 5), Buffer.alloc(4_096)])],
  ])("reads what is there before %s, and changes nothing", async (_, rest) => {
    const { directory, path } = written(3, rest);
    const bytes = readFileSync(path);
    const { records, places, reader } = await read(path);
    expect(records).toEqual([{ number: 0 }, { number: 1 }, { number: 2 }]);
    // Another process goes on writing, with that record or with another one.
    appendFileSync(path, "0123");
    expect(await reader.read(places[2] ?? { offset: 0, length: 0 })).toEqual({ number: 2 });
    await reader.close();
    expect(readFileSync(path).subarray(0, bytes.length)).toEqual(bytes);
    expect(readdirSync(directory)).toEqual(["journal.calls"]);
  });

  it.each([
    ["a line that is no record", Buffer.from("no record\n")],
    ["a record out of turn", line(7)],
    ["an end that no writer leaves", Buffer.from("no record")],
  ])("refuses %s", async (_, rest) => {
    expect(await failure(written(3, rest).path)).toBe("journal_damaged");
  });

  it("leaves it to the caller that no file is there", async () => {
    expect(await failure(join(temporaryDirectory(), "journal.calls"))).toBe("ENOENT");
  });
});
