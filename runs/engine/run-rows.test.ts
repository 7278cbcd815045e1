import { setImmediate as nextTurn } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createGate } from "../../models/gate/gate.ts";
import type { CallRecord } from "../../state/calls/call-record.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { Outcome } from "../../state/calls/outcome.ts";
import type { RowResult } from "../../state/row-result.ts";
import type { RowJournalRecord, RowStatus } from "../directory/row-journal.ts";
import type { RunDirectory } from "../directory/run-directory.ts";
import { runRows, type SourceRow } from "./run-rows.ts";
import type { RowCounts } from "../../state/row-result.ts";

type Row = { readonly number: number };

const call = (outcome: Outcome): CallRecord => ({
  agent: "generator",
  part: "",
  turn: 0,
  model: "sim:oak",
  outcome,
  content: "",
  finish: null,
  tokens: null,
  detail: `it was ${outcome}`,
});

const result = (id: string, ...outcomes: Outcome[]): RowResult => ({
  id,
  input: null,
  transcript: outcomes.map(call),
});

/** A directory that keeps in memory how rows ended. */
function directoryOf(before: Readonly<Record<number, RowStatus>> = {}) {
  const finished: RowJournalRecord<RowResult>[] = [];
  const latest = (row: number) => finished.findLast((record) => record.row === row);
  const directory = {
    path: "memory",
    assertInPlace: async () => undefined,
    rows: {
      lastRow: Math.max(0, ...Object.keys(before).map(Number)),
      statusOf: (row: number) => latest(row)?.status ?? before[row],
      finish: async (record: RowJournalRecord<RowResult>) => void finished.push(record),
    },
    calls: { finishRow: () => undefined },
  } as unknown as RunDirectory<RowResult>;
  return { directory, finished };
}

async function* source(rows: readonly (string | null)[]): AsyncGenerator<SourceRow<Row>> {
  for (const [index, id] of rows.entries()) {
    const number = index + 1;
    yield id === null
      ? { ok: false, number, id: String(number), reason: "bad_input", detail: "line 1: no" }
      : { ok: true, number, id, row: { number } };
  }
}

type Changes = {
  readonly rows?: readonly (string | null)[];
  readonly before?: Readonly<Record<number, RowStatus>>;
  readonly limit?: number;
  readonly countOccurrences?: boolean;
};

/** Runs rows through `work`; `seen` are the addresses it was given. */
async function run(
  work: (row: number, gate: ReturnType<typeof createGate>) => Promise<RowResult>,
  { rows = ["a", "b", "c"], before = {}, limit, countOccurrences = false }: Changes = {},
) {
  const gate = createGate();
  const { directory, finished } = directoryOf(before);
  const seen: unknown[] = [];
  const told: RowCounts[] = [];
  const counts = await runRows<Row, RowResult>({
    directory,
    source: source(rows),
    work: async (address, { number }) => {
      seen.push(address);
      return work(number, gate);
    },
    unusable: (id, failure) => ({ ...result(id), failure }),
    gate,
    concurrency: 1,
    limit,
    countOccurrences,
    onRow: (now) => told.push({ ...now }),
  });
  return { counts, finished, seen, told };
}

const answered = async (row: number) => result(String(row), "answered");

describe("runRows", () => {
  it("finishes every row that is not finished, and counts each once", async () => {
    const { counts, finished, seen } = await run(answered, {
      rows: ["a", "b", null, "d", null],
      before: { 1: "done", 2: "failed", 3: "unusable" },
    });
    expect(counts).toEqual({ rows: 5, done: 3, failed: 2, pending: 0 });
    expect(seen).toEqual([
      { number: 2, id: "b" },
      { number: 4, id: "d" },
    ]);
    expect(finished.map(({ row, status }) => [row, status])).toEqual([
      [2, "done"],
      [4, "done"],
      [5, "unusable"],
    ]);
  });

  it("fails a row whose recording has a hole, whatever its graph made of it", async () => {
    const { counts, finished } = await run(async (row) =>
      result(String(row), "answered", row === 2 ? "not_recorded" : "answered"),
    );
    expect(counts).toEqual({ rows: 3, done: 2, failed: 1, pending: 0 });
    expect(finished[1]?.result.failure).toEqual({
      reason: "not_recorded",
      detail: "it was not_recorded",
    });
  });

  it("leaves a row pending that ended the run, and counts the rest without asking", async () => {
    const { counts, finished, seen } = await run(
      async (row, gate) => {
        if (row !== 2) return answered(row);
        gate.halt({ outcome: "provider_refused", detail: "no such key" });
        return result("b", "answered", "provider_refused");
      },
      { rows: ["a", "b", "c", null, "e"], before: { 3: "failed", 5: "done" } },
    );
    // Row 3 failed before and is not tried again; row 4 can't be used, and was not looked at yet.
    expect(counts).toEqual({ rows: 5, done: 2, failed: 1, pending: 2 });
    expect(seen).toHaveLength(2);
    expect(finished.map(({ row }) => row)).toEqual([1]);
  });

  it("keeps counting a row as failed that failed before and is stopped in its next try", async () => {
    const { counts, finished } = await run(
      async (_, gate) => {
        gate.halt({ outcome: "interrupted", detail: "stopped" });
        return result("a", "interrupted");
      },
      { rows: ["a"], before: { 1: "failed" } },
    );
    expect(counts).toEqual({ rows: 1, done: 0, failed: 1, pending: 0 });
    expect(finished).toEqual([]);
  });

  it("knows nothing of rows behind its limit", async () => {
    const { counts } = await run(answered, { limit: 2 });
    expect(counts).toEqual({ rows: 2, done: 2, failed: 0, pending: 0 });
  });

  it("counts rows behind its limit that the directory holds, and asks for none of them", async () => {
    const { counts, seen } = await run(answered, {
      rows: ["a", "b", "c", "d"],
      before: { 3: "done" },
      limit: 1,
    });
    expect(counts).toEqual({ rows: 3, done: 2, failed: 0, pending: 1 });
    expect(seen).toMatchObject([{ number: 1 }]);
  });

  it("tells rows of one id apart where a cassette asks for it, over finished and bad rows too", async () => {
    const rows = ["x", "x", null, "3", "x"];
    const { seen } = await run(answered, { rows, before: { 1: "done" }, countOccurrences: true });
    expect(seen).toEqual([
      { number: 2, id: "x", occurrence: 2 },
      { number: 4, id: "3", occurrence: 2 },
      { number: 5, id: "x", occurrence: 3 },
    ]);
  });

  it("ends with the error of a disk that refuses", async () => {
    const { directory } = directoryOf();
    const refusing = {
      ...directory,
      rows: {
        ...directory.rows,
        finish: () => Promise.reject(new FellowshipError("storage_failed", "no room")),
      },
    };
    const run = runRows<Row, RowResult>({
      directory: refusing,
      source: source(["a", "b", "c"]),
      work: async (address) => result(address.id, "answered"),
      unusable: (id, failure) => ({ ...result(id), failure }),
      gate: createGate(),
      concurrency: 2,
      countOccurrences: false,
    });
    await expect(run).rejects.toThrow("no room");
  });

  it("tells how it stands after every row", async () => {
    const { told } = await run(answered, { rows: ["a", null] });
    expect(told.map(({ done, failed }) => [done, failed])).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });

  it("puts every row in exactly one of done, failed and pending, wherever it is stopped", async () => {
    const status = fc.constantFrom<RowStatus | "new">("new", "new", "done", "failed");
    const rows = fc.array(fc.record({ usable: fc.boolean(), fails: fc.boolean(), status }), {
      minLength: 1,
      maxLength: 12,
    });
    const stop = fc.nat(14);
    const concurrency = fc.integer({ min: 1, max: 4 });
    await fc.assert(
      fc.asyncProperty(rows, stop, concurrency, async (given, stopAt, inFlight) => {
        const before = Object.fromEntries(
          given.flatMap(({ usable, status: was }, index) =>
            usable && was !== "new" ? [[index + 1, was]] : [],
          ),
        );
        const { directory } = directoryOf(before);
        const session = (stopsAt: number) => {
          const gate = createGate();
          return runRows<Row, RowResult>({
            directory,
            source: source(given.map(({ usable }, index) => (usable ? `r${index}` : null))),
            work: async ({ id }, { number }) => {
              await nextTurn();
              if (number >= stopsAt) gate.halt({ outcome: "interrupted", detail: "stopped" });
              if (gate.halted !== null) return result(id, "interrupted");
              const fails = given[number - 1]?.fails === true;
              return result(id, fails ? "not_recorded" : "answered");
            },
            unusable: (id, failure) => ({ ...result(id), failure }),
            gate,
            concurrency: inFlight,
            countOccurrences: false,
          });
        };
        const statuses = () => given.map((_, index) => directory.rows.statusOf(index + 1));
        const tally = () => ({
          rows: given.length,
          done: statuses().filter((now) => now === "done").length,
          failed: statuses().filter((now) => now === "failed" || now === "unusable").length,
          pending: statuses().filter((now) => now === undefined).length,
        });
        expect(await session(stopAt)).toEqual(tally());
        expect(await session(Infinity)).toEqual({ ...tally(), pending: 0 });
        expect(statuses()).toEqual(
          given.map(({ usable, fails, status: was }) => {
            if (!usable) return "unusable";
            return was === "done" || !fails ? "done" : "failed";
          }),
        );
      }),
      { numRuns: 150 },
    );
  });
});
