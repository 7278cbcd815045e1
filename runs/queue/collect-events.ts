import type { RowResult } from "../../state/row-result.ts";
import type { Redis } from "ioredis";
import { setTimeout as sleep } from "node:timers/promises";
import type { Gate } from "../../models/gate/gate.ts";
import type { RunDirectory } from "../directory/run-directory.ts";
import type { CallJournalRecord } from "../journal/call-journal-record.ts";
import { receivedError } from "../workers/messages.ts";
import type { QueueEvent } from "./queued-run.ts";
import type { RunKeys } from "./run-keys.ts";
import { eventsAfter, isAfter, type StreamedEvent } from "./stream-events.ts";

/** Those that wait for the ends of rows, by the rows' numbers. */
export type AwaitedRows = Map<
  number,
  { readonly resolve: (result: RowResult) => void; readonly reject: (error: unknown) => void }
>;

export type CollectOptions = {
  readonly redis: Redis;
  readonly keys: RunKeys;
  readonly session: number;
  readonly directory: RunDirectory<RowResult>;
  readonly gate: Gate;
  readonly awaited: AwaitedRows;
  /** Results of rows that ended before anything waited for them. */
  readonly early: Map<number, RowResult>;
  readonly onAnswer: (record: CallJournalRecord) => void;
  readonly onRefusal: (event: Extract<QueueEvent, { kind: "refused" }>) => void;
};

/** Takes what workers report into the journals of the run. */
export type Collector = {
  /** Everything that is there, before the first row is given out. */
  readonly catchUp: () => Promise<void>;
  /** What comes, until `stop` is called. */
  readonly follow: () => Promise<void>;
  readonly stop: () => void;
};

/** How long a reading waits for events; a halt is noticed no later. */
const waitMs = 250;
const trimEveryMs = 1_000;
/** How long the answers of a row stay when it has ended. */
const keptSeconds = 600;

/**
 * Opens the collection of a run's events. Calls are written to `journal.calls` in the order in
 * which they were reported, with their entries, so that none is written twice; entries are dropped
 * from Redis when the rows before them are in `journal.rows`.
 */
export function createCollector(options: CollectOptions): Collector {
  const { redis, keys, session, directory, gate, awaited, early, onAnswer, onRefusal } = options;
  const { calls, rows } = directory;
  const known = calls.lastEntry;
  const unfinished: { readonly entry: string; readonly row: number }[] = [];
  let last = "0-0";
  let trimmedAt = 0;
  let isStopped = false;

  async function take(events: readonly StreamedEvent[], isFirst: boolean): Promise<void> {
    let writing: Promise<void>[] = [];
    for (const { entry, event } of events) {
      last = entry;
      if (event.kind === "call") {
        if (!isAfter(entry, known)) continue;
        writing.push(calls.report({ ...event.record, entry }));
        if (event.record.kind === "answer") onAnswer(event.record);
        continue;
      }
      await Promise.all(writing);
      writing = [];
      if (event.kind === "refused") {
        if (event.session === session) onRefusal(event);
      } else if (event.kind === "halt") {
        if (event.session === session) gate.halt(event.halt);
      } else if (event.kind === "broken") {
        awaited.get(event.row)?.reject(receivedError(event.error));
        awaited.delete(event.row);
      } else await endRow(entry, event, isFirst);
    }
    await Promise.all(writing);
  }

  async function endRow(
    entry: string,
    { row, result }: { readonly row: number; readonly result: RowResult },
    isFirst: boolean,
  ): Promise<void> {
    const waiting = awaited.get(row);
    if (waiting !== undefined) {
      unfinished.push({ entry, row });
      awaited.delete(row);
      waiting.resolve(result);
    } else if (isFirst && rows.statusOf(row) !== "done") {
      // It ended when this process was not there to hear of it.
      const status = result.failure === undefined ? "done" : "failed";
      await rows.finish({ row, status, result });
      calls.finishRow(row);
    } else if (!isFirst) {
      unfinished.push({ entry, row });
      early.set(row, result);
    }
    // A worker that was slow to give a sign of life may be at it still.
    void redis.expire(keys.row(row), keptSeconds).catch(() => undefined);
  }

  /** Drops the entries of which all is on this disk. */
  async function trim(): Promise<void> {
    if (performance.now() - trimmedAt < trimEveryMs) return;
    trimmedAt = performance.now();
    while (unfinished[0] !== undefined && rows.statusOf(unfinished[0].row) !== undefined) {
      unfinished.shift();
    }
    const first = unfinished[0]?.entry ?? last;
    if (first !== "0-0") await redis.xtrim(keys.events, "MINID", first);
  }

  async function catchUp(): Promise<void> {
    for (;;) {
      const events = await eventsAfter(redis, keys.events, { entry: last, waitMs: 0 });
      if (events.length === 0) return;
      await take(events, true);
    }
  }

  async function follow(): Promise<void> {
    while (!isStopped) {
      const events = await eventsAfter(redis, keys.events, { entry: last, waitMs });
      await take(events, false);
      await trim();
      if (events.length === 0) await sleep(5);
    }
  }

  return { catchUp, follow, stop: () => (isStopped = true) };
}
