import * as z from "zod";
import { CallRecord } from "../../state/calls/call-record.ts";
import { Comparison } from "../../state/evaluation/comparison.ts";
import { EvolvedAnswer } from "../../state/generation/evolved-answer.ts";
import { Failure } from "../../state/calls/failure.ts";
import { Message } from "../../state/message.ts";
import { Response, Review } from "../../state/response.ts";
import { Verdict } from "../../state/verdict.ts";
import { highestRow } from "../journal/call-journal-record.ts";
import { recordChecker } from "../journal/check-record.ts";
import { openJournal, type JournalOptions, type JournalRecovery } from "../journal/journal.ts";

/**
 * How a row stands. `failed` rows are tried again by the next run: what was answered comes out of
 * the journal for nothing, and only what never was is asked again. `unusable` rows never could be.
 */
export type RowStatus = "done" | "failed" | "unusable";

/** A record of `journal.rows`. */
export type RowJournalRecord<Result> = {
  readonly row: number;
  readonly status: RowStatus;
  readonly result: Result;
};

export type RowJournal<Result> = {
  readonly recovery: JournalRecovery;
  /** The highest row there is a record of; 0 for none. */
  readonly lastRow: number;
  readonly statusOf: (row: number) => RowStatus | undefined;
  /** Writes a record down, and returns how many bytes it has. */
  readonly finish: (record: RowJournalRecord<Result>) => Promise<number>;
  /** The records of rows `first` (1) to `last` in the order of the input, the latest of each. */
  readonly inOrder: (last: number, first?: number) => AsyncGenerator<RowJournalRecord<Result>>;
  /** Reads single records, those fast that stand near each other in the file. */
  readonly reader: () => (row: number) => Promise<RowJournalRecord<Result> | undefined>;
  readonly close: () => Promise<void>;
};

const anyResult = {
  id: z.string(),
  transcript: z.array(CallRecord),
  failure: Failure.optional(),
};

/** What every result of a generator, an evaluator or an evolution holds. */
const rowResult = z.union(
  [
    z.looseObject({
      ...anyResult,
      prompt: z.array(Message),
      responses: z.array(Response),
      reviews: z.array(Review),
      comparisons: z.array(Comparison),
      best: z.int().nonnegative(),
    }),
    z.looseObject({ ...anyResult, verdict: Verdict.nullable() }),
    z.looseObject({
      ...anyResult,
      shape: z.enum(["alpaca", "sharegpt", "messages"]).nullable(),
      conversation: z.array(Message),
      answers: z.array(EvolvedAnswer),
    }),
  ],
  { error: "the result lacks fields, or has fields of another type" },
);

/** The shape of every record. */
export const rowRecord = z.object({
  row: z.int().min(1).max(highestRow),
  status: z.enum(["done", "failed", "unusable"]),
  result: rowResult,
});

const codes: readonly RowStatus[] = ["done", "failed", "unusable"];

/**
 * Opens `journal.rows`, the finished rows in the order they finished. Memory: 13 bytes a row, for
 * where each stands.
 *
 * @throws FellowshipError `journal_damaged` or `storage_failed`
 */
export async function openRowJournal<Result>(
  path: string,
  options: JournalOptions = {},
): Promise<RowJournal<Result>> {
  const index = createIndex();
  const check = recordChecker(path, rowRecord);
  const journal = await openJournal(path, {
    ...options,
    onRecord: (value, place) => {
      const { row, status } = check(value, place);
      index.set(row, place.offset, place.length, codes.indexOf(status) + 1);
    },
  });

  function reader() {
    const read = journal.reader();
    return async (row: number) => {
      if (index.codeOf(row) === 0) return undefined;
      return (await read(index.placeOf(row))) as RowJournalRecord<Result>;
    };
  }

  return {
    recovery: journal.recovery,
    get lastRow() {
      return index.last();
    },
    statusOf: (row) => codes[index.codeOf(row) - 1],
    finish: async (record) => {
      const place = await journal.append(record);
      index.set(record.row, place.offset, place.length, codes.indexOf(record.status) + 1);
      return place.length;
    },
    inOrder: async function* inOrder(last, first = 1) {
      const read = reader();
      for (let row = first; row <= last; row += 1) {
        const record = index.codeOf(row) === 0 ? undefined : await read(row);
        if (record !== undefined) yield record;
      }
    },
    reader,
    close: () => journal.close(),
  };
}

/**
 * Where each row's record stands, in arrays that grow by doubling: objects would cost ten times the
 * memory.
 */
function createIndex() {
  let offsets = new Float64Array(1024);
  let lengths = new Uint32Array(1024);
  let statuses = new Uint8Array(1024);
  let last = 0;
  return {
    set(row: number, offset: number, length: number, status: number): void {
      if (row >= offsets.length) {
        const size = Math.max(row + 1, offsets.length * 2);
        offsets = grown(offsets, new Float64Array(size));
        lengths = grown(lengths, new Uint32Array(size));
        statuses = grown(statuses, new Uint8Array(size));
      }
      last = Math.max(last, row);
      offsets[row] = offset;
      lengths[row] = length;
      statuses[row] = status;
    },
    last: () => last,
    codeOf: (row: number) => statuses[row] ?? 0,
    placeOf: (row: number) => ({ offset: offsets[row] ?? 0, length: lengths[row] ?? 0 }),
  };
}

function grown<List extends Float64Array | Uint32Array | Uint8Array>(from: List, to: List): List {
  to.set(from);
  return to;
}
