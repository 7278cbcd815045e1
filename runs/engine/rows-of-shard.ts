import type { RowJournal } from "../directory/row-journal.ts";
import type { Shard } from "../shards/shard.ts";

/**
 * The finished rows of a shard as a run has them: what is asked for by place within the shard is
 * given with its number in the input.
 */
export function rowsOfShard<Result>(
  rows: RowJournal<Result>,
  shard: Shard | undefined,
): RowJournal<Result> {
  if (shard === undefined) return rows;
  const numberOf = (place: number) => rowAt(place, shard);
  return {
    recovery: rows.recovery,
    get lastRow() {
      return rows.lastRow;
    },
    statusOf: rows.statusOf,
    finish: rows.finish,
    inOrder: (last, first = 1) => rows.inOrder(numberOf(last), numberOf(first)),
    reader: rows.reader,
    close: rows.close,
  };
}

/** The number in the input of a row of the run, by its place among them, from 1. */
export function rowAt(place: number, shard: Shard | undefined): number {
  return shard === undefined ? place : shard.index + (place - 1) * shard.of;
}
