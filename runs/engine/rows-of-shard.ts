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
  const { index, of } = shard;
  const numberOf = (place: number) => index + (place - 1) * of;
  return {
    recovery: rows.recovery,
    get lastRow() {
      return rows.lastRow;
    },
    statusOf: rows.statusOf,
    finish: rows.finish,
    inOrder: (last, first = 1) => rows.inOrder(numberOf(last), numberOf(first)),
    close: rows.close,
  };
}
