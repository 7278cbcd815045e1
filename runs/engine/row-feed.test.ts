import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EvaluationResult } from "../../state/row-result.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import { openRowJournal, type RowStatus } from "../directory/row-journal.ts";
import { feedRows, type RowFeed } from "./row-feed.ts";

/** A row as its session left it. */
const finished = (row: number, status: RowStatus, session: number) => {
  const failure = status === "done" ? undefined : { reason: "test", detail: `in ${session}` };
  const verdict = { winner: "tie" as const, scores: null, votes: [] };
  const result: EvaluationResult = {
    id: `${row} of session ${session}`,
    input: { text: "x".repeat(row % 50) },
    transcript: [],
    verdict: status === "done" ? verdict : null,
    failure,
  };
  return { row, status, result };
};

const statuses = fc.constantFrom<RowStatus | undefined>("done", "failed", "unusable", undefined);

async function openFeed(onFinish = () => undefined as void, shard?: { index: number; of: number }) {
  const journal = await openRowJournal<EvaluationResult>(openWorkspace().at("journal.rows"), {
    sync: false,
    reserveBytes: 0,
  });
  return { journal, begin: () => feedRows(journal, { shard, onFinish }) };
}

/** All that a reader gets, as it comes. */
function reading({ rows }: RowFeed<EvaluationResult>) {
  const got: { row: number; id: string }[] = [];
  const ended = (async () => {
    for await (const { row, result } of rows.inOrder()) got.push({ row, id: result.id });
  })();
  return { got, ended };
}

const allCounts = (rows: number) => ({ rows, done: rows, failed: 0, pending: 0 });

describe("feedRows", () => {
  it("gives each row once, in order, as its last session left it", async () => {
    const rows = fc.array(fc.record({ before: statuses, now: statuses, at: fc.nat() }), {
      maxLength: 12,
    });
    const shards = fc.constantFrom(undefined, { index: 2, of: 3 });
    await fc.assert(
      fc.asyncProperty(rows, shards, async (given, shard) => {
        const { journal, begin } = await openFeed(undefined, shard);
        const numbered = given
          .map((one, at) => ({ ...one, row: at + 1 }))
          .filter(({ row }) => shard === undefined || (row - 1) % shard.of === shard.index - 1);
        for (const { row, before } of numbered) {
          if (before !== undefined) await journal.finish(finished(row, before, 1));
        }
        const feed = begin();
        const { got, ended } = reading(feed);
        const isTaken = ({ before, now }: (typeof numbered)[number]) =>
          now !== undefined && before !== "done" && before !== "unusable";
        for (const { row, now } of numbered.filter(isTaken).toSorted((a, b) => a.at - b.at)) {
          await feed.journal.finish(finished(row, now!, 2));
        }
        feed.end(allCounts(numbered.length));
        await ended;
        const expected = numbered.flatMap((one) => {
          const session = isTaken(one) ? 2 : one.before === undefined ? null : 1;
          return session === null ? [] : [{ row: one.row, id: `${one.row} of session ${session}` }];
        });
        expect(got).toEqual(expected);
        const again = reading(feed);
        await again.ended;
        expect(again.got).toEqual(expected);
        await journal.close();
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  it("gives a row at once, and reads back what waited too long in memory", async () => {
    const { journal, begin } = await openFeed();
    const feed = begin();
    const { got, ended } = reading(feed);
    await feed.journal.finish(finished(1, "done", 1));
    await setImmediate();
    expect(got).toHaveLength(1);
    const last = 2500;
    const later = Array.from({ length: last - 2 }, (_, at) => finished(at + 3, "done", 1));
    await Promise.all(later.map((record) => feed.journal.finish(record)));
    expect(got).toHaveLength(1);
    await feed.journal.finish(finished(2, "done", 1));
    feed.end(allCounts(last));
    await ended;
    expect(got.map(({ row }) => row)).toEqual(Array.from({ length: last }, (_, at) => at + 1));
    await journal.close();
  });

  it("says that rows finish before they are read, and ends a reading that is stopped", async () => {
    const said: number[] = [];
    const { journal, begin } = await openFeed(() => said.push(got.length));
    const feed = begin();
    const { got, ended } = reading(feed);
    await feed.journal.finish(finished(1, "done", 1));
    await setImmediate();
    expect([said, got.length]).toEqual([[0], 1]);
    expect(() => feed.rows.counts()).toThrow("rows still finish");
    feed.stop();
    await expect(ended).rejects.toThrow("before its files were whole");
    await feed.journal.finish(finished(2, "done", 1));
    expect(got).toHaveLength(1);
    await journal.close();
  });
});
