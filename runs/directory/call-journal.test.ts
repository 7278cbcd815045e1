import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CallAddress } from "../../models/call.ts";
import type { Attempt } from "../../models/gate/journal.ts";
import type { RawAnswer } from "../../models/wire/raw-answer.ts";
import { journalRecords } from "../../tests/journal-records.ts";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { openCallJournal } from "./call-journal.ts";

const address = (row: number, changes: Partial<CallAddress> = {}): CallAddress => ({
  row: { number: row, id: `id-${row}` },
  agent: "judge",
  part: "",
  turn: 0,
  ...changes,
});
const attempt = (of: CallAddress, requestHash = "hash"): Attempt => ({
  address: of,
  requestHash,
  attempt: 1,
});
const answer = (content: string): RawAnswer => ({
  kind: "in-process",
  content,
  finish: "stop",
  tokens: null,
});

const open = (path: string, finished: readonly number[] = []) =>
  openCallJournal(path, (row) => finished.includes(row), { reserveBytes: 0 });

describe("openCallJournal", () => {
  it("finds the answers of rows that are not finished, each at its address", async () => {
    const path = join(temporaryDirectory(), "journal.calls");
    const addresses = [
      address(1),
      address(2),
      address(2, { part: "swapped" }),
      address(2, { turn: 1 }),
      address(2, { agent: "juror" }),
    ];
    const before = await open(path);
    for (const one of addresses) await before.keep(attempt(one), answer(JSON.stringify(one)));
    await before.journal.close();

    const journal = await open(path, [1]);
    expect(journal.remembered).toBe(4);
    expect(await journal.find(address(1), "hash")).toBeUndefined();
    for (const one of addresses.slice(1)) {
      expect(await journal.find(one, "hash")).toEqual(answer(JSON.stringify(one)));
    }
    journal.finishRow(2);
    expect(journal.remembered).toBe(0);
    await journal.journal.close();
  });

  it("takes no answer for another question's, and of two to one address the latest", async () => {
    const path = join(temporaryDirectory(), "journal.calls");
    const before = await open(path);
    await before.keep(attempt(address(1), "old"), answer("old"));
    await before.keep(attempt(address(1), "new"), answer("new"));
    await before.journal.close();
    const journal = await open(path);
    expect(await journal.find(address(1), "old")).toBeUndefined();
    expect(await journal.find(address(1), "other")).toBeUndefined();
    expect(await journal.find(address(1), "new")).toEqual(answer("new"));
    await journal.journal.close();
  });

  it("writes down what is asked, and what no answer may have cost", async () => {
    const path = join(temporaryDirectory(), "journal.calls");
    const journal = await open(path);
    const repeated = { ...address(3), row: { number: 3, id: "x", occurrence: 2 } };
    await journal.intend(attempt(repeated));
    await journal.giveUp(attempt(repeated), "timed_out", "unknown");
    await journal.journal.close();
    const place = { row: 3, id: "x", occurrence: 2, agent: "judge", part: "", turn: 0 };
    expect(journalRecords(path)).toEqual([
      { kind: "intent", ...place, hash: "hash", attempt: 1 },
      {
        kind: "gave-up",
        ...place,
        hash: "hash",
        attempt: 1,
        outcome: "timed_out",
        cost: "unknown",
      },
    ]);
    const again = await open(path);
    expect(await again.find(repeated, "hash")).toBeUndefined();
    await again.journal.close();
  });
});
