import { asJson } from "../../state/as-json.ts";
import type { RowCounts, RowResult } from "../../state/row-result.ts";
import type { RowJournal, RowJournalRecord } from "../directory/row-journal.ts";
import { isInShard, type Shard } from "../shards/shard.ts";
import { inTurns } from "./ended-rows.ts";
import type { RowsToWrite } from "./job.ts";
import { rowAt, rowsOfShard } from "./rows-of-shard.ts";
import { withSharedCalls } from "./shared-calls.ts";

/** Rows that wait in memory for those before them, at most; the others are read back. */
const mostHeld = { rows: 2000, bytes: 8_000_000 };

/** The rows of a run on their way from its journal to its files. */
export type RowFeed<Result> = {
  /** The journal, from which each row that finishes is fed on. */
  readonly journal: RowJournal<Result>;
  /** The first reader gets each row as soon as it and those before it have finished. */
  readonly rows: RowsToWrite<Result>;
  /** Says that no more rows finish. */
  readonly end: (counts: RowCounts) => void;
  /** Ends the first reading with an error. */
  readonly stop: () => void;
};

/**
 * Feeds the rows that finish in a journal, in the order of the input, to the writer of their files.
 * A row that an earlier session finished is read back; one that failed then is tried again, and so
 * waited for.
 *
 * @param options.shard The part of the input that the run is over.
 * @param options.onFinish Called for each row that finishes, before the reader gets it.
 */
export function feedRows<Result extends RowResult>(
  journal: RowJournal<Result>,
  { shard, onFinish }: { readonly shard: Shard | undefined; readonly onFinish: () => void },
): RowFeed<Result> {
  const held = createHeldRows<Result>();
  /** Rows that failed in this session, and are not read yet. */
  const failed = new Set<number>();
  let next = 1;
  let counts: RowCounts | undefined;
  let isStopped = false;
  let wake: () => void = () => undefined;

  async function finish(record: RowJournalRecord<Result>): Promise<number> {
    const bytes = await journal.finish(record);
    if (record.row >= next) {
      if (record.status === "failed") failed.add(record.row);
      held.add(record, bytes);
    }
    onFinish();
    wake();
    return bytes;
  }

  function isFinal(row: number): boolean {
    const status = journal.statusOf(row);
    return status === "failed" ? failed.delete(row) : status !== undefined;
  }

  /** Resolves once a row is final, or the last row has finished. */
  async function waitFor(row: number): Promise<void> {
    while (!isStopped && counts === undefined && !isFinal(row)) {
      await new Promise<void>((resolve) => (wake = resolve));
    }
    if (isStopped) throw new Error("the run ended before its files were whole");
  }

  async function* asTheyFinish() {
    const read = journal.reader();
    try {
      for (; counts === undefined || next <= rowAt(counts.rows, shard); next += 1) {
        const row = next;
        if (!isInShard(shard, row)) continue;
        await waitFor(row);
        const record = held.take(row) ?? (await read(row));
        if (record !== undefined) yield record;
      }
    } finally {
      next = Infinity;
      held.clear();
    }
  }

  return {
    journal: {
      recovery: journal.recovery,
      get lastRow() {
        return journal.lastRow;
      },
      statusOf: journal.statusOf,
      finish,
      inOrder: journal.inOrder,
      reader: journal.reader,
      close: journal.close,
    },
    rows: {
      inOrder: () => {
        const ended = counts;
        const records =
          next === Infinity && ended !== undefined
            ? rowsOfShard(journal, shard).inOrder(ended.rows)
            : asTheyFinish();
        return inTurns(withSharedCalls(records));
      },
      counts: () => {
        if (counts === undefined) throw new Error("rows still finish: their counts are not known");
        return counts;
      },
    },
    end(all) {
      counts = all;
      wake();
    },
    stop() {
      isStopped = true;
      wake();
    },
  };
}

/** Rows in memory, up to a limit. */
function createHeldRows<Result>() {
  const rows = new Map<number, { readonly record: RowJournalRecord<Result>; bytes: number }>();
  let all = 0;
  return {
    /** Takes a row in, as it would be read back, where there is room. */
    add(record: RowJournalRecord<Result>, bytes: number): void {
      if (rows.size >= mostHeld.rows || all + bytes > mostHeld.bytes) return;
      rows.set(record.row, { record: asJson(record), bytes });
      all += bytes;
    },
    take(row: number): RowJournalRecord<Result> | undefined {
      const own = rows.get(row);
      if (own === undefined) return undefined;
      rows.delete(row);
      all -= own.bytes;
      return own.record;
    },
    clear: () => rows.clear(),
  };
}
