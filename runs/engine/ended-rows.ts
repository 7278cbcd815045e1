import { setImmediate } from "node:timers/promises";
import type { RowCounts, RowResult } from "../../state/row-result.ts";
import type { Tally } from "../accounting/tally.ts";
import type { RowJournal, RowJournalRecord } from "../directory/row-journal.ts";
import type { Shard } from "../shards/shard.ts";
import type { Job, RowsToWrite } from "./job.ts";
import { rowsOfShard } from "./rows-of-shard.ts";
import { withSharedCalls } from "./shared-calls.ts";

/**
 * The finished rows of a run in which no more finish, each as all of them together revise it
 * (`Job.revision`).
 *
 * @param shard The part of the input that the run is over.
 */
export async function endedRows<Input, Result extends RowResult, Summary extends Tally & RowCounts>(
  { revision }: Pick<Job<Input, Result, Summary>, "revision">,
  journal: RowJournal<Result>,
  { counts, shard }: { readonly counts: RowCounts; readonly shard: Shard | undefined },
): Promise<RowsToWrite<Result>> {
  const rows = rowsOfShard(journal, shard);
  const revise = await revision?.(rows, counts.rows);
  return {
    inOrder: async function* inOrder() {
      for await (const record of inTurns(withSharedCalls(rows.inOrder(counts.rows)))) {
        yield revise === undefined ? record : { ...record, result: revise(record.result) };
      }
    },
    counts: () => counts,
  };
}

/** Work that takes longer, in milliseconds, keeps signals and calls waiting. */
const longestTurnMs = 15;

/** The same records, with a turn for everything else now and then. */
export async function* inTurns<Result>(
  records: AsyncIterable<RowJournalRecord<Result>>,
): AsyncGenerator<RowJournalRecord<Result>, void, undefined> {
  let since = performance.now();
  for await (const record of records) {
    yield record;
    if (performance.now() - since < longestTurnMs) continue;
    await setImmediate();
    since = performance.now();
  }
}
