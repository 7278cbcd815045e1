import type { ReadWitness } from "../../datasets/read/read-witness.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { RowCounts, RowResult } from "../../state/row-result.ts";
import type { Tally } from "../accounting/tally.ts";
import type { BatchRun } from "../batch/open-batch-run.ts";
import type { CommandOptions } from "../command-options.ts";
import type { ForecastBasis } from "../forecast/forecast.ts";
import { sessionCounter } from "../forecast/session-forecast.ts";
import type { RowReader } from "../input/input-report.ts";
import { readInput } from "../input/read-input.ts";
import { modelsOf, type Job } from "./job.ts";
import { untraced } from "../tracing/skip-run-trees.ts";
import type { Session, SessionParts } from "./open-session.ts";
import type { RunGate } from "./run-gate.ts";
import { spreadRows } from "./spread-rows.ts";
import { runRows, type SourceRow } from "./run-rows.ts";
import { openPaceRecorder } from "../progress/pace-recorder.ts";
import { timedJournal, type TimedSend } from "./timed-journal.ts";
import { watchRun } from "./watch-run.ts";

type WorkParts = SessionParts & {
  readonly connect: RunGate["connect"];
  readonly basis: ForecastBasis;
  /** Calls that go into batches. */
  readonly batch?: BatchRun | undefined;
  /** Called with all bytes of the input that belong to rows. */
  readonly witness: ReadWitness;
};

/**
 * Takes all unfinished rows through the graph, and shows how it goes.
 *
 * @throws FellowshipError `storage_failed` where the disk gave up on the way
 */
export async function workOnRows<
  Input extends { readonly number: number; readonly id: string },
  Result extends RowResult,
  Summary extends Tally & RowCounts,
>(
  job: Job<Input, Result, Summary>,
  options: CommandOptions,
  session: Session<Result>,
  { gate, connect, spending, tracing, basis, witness, batch }: WorkParts,
): Promise<RowCounts> {
  const { progress } = options;
  const { directory, budget, reuse } = session;
  const { priceOf } = spending;
  const count = sessionCounter({ ...options, ...basis, priceOf }, directory.rows);
  const models = new Map(job.agents.map(({ name, model }) => [name, model]));
  const modelOf = (agent: string) => models.get(agent);
  const watch = watchRun({
    ...options,
    priceOf,
    modelOf,
    spent: () => budget.spent,
    count,
    onCounted: session.noteRows,
  });
  const { calls } = directory;
  const pace = openPaceRecorder(directory.path);
  const onSend = (send: TimedSend) => {
    watch.sent(send);
    pace.sent(send);
  };
  connect({ calls: timedJournal(calls, onSend), budget, watch, batch: batch?.calls });
  const { limits } = basis;
  const parts = { ...session, gate, spending, tracing, limits };
  const hasCode = Object.keys(job.code).length > 0;
  const spread = await spreadRows(job, options, parts);
  try {
    const counts = await runRows({
      directory,
      source: sourceRows(job, options, witness),
      work: tracing.callbacks.length > 0 ? spread.work : untraced(spread.work, { hasCode }),
      hasCode,
      waves: spread.waves,
      unusable: job.unusable,
      gate,
      concurrency: spread.concurrency,
      limit: options.limit,
      shard: options.shard,
      batch,
      countOccurrences: modelsOf(job).some((model) => model.startsWith("replay:")),
      onRead: reuse && ((number, row) => reuse.noteRow(number, job.question(row))),
      onStart: watch.rowStarted,
      onRow: (now, { row, status, result }) => {
        reuse?.finishRow(row);
        const feedback = result === undefined ? [] : job.feedback(result);
        pace.rowEnded(status);
        watch.rowEnded(row, { status, reason: result?.failure?.reason, feedback });
        progress.rows(now);
        tracing.rowEnded({ row, status, failure: result?.failure, feedback });
      },
    });
    if (gate.halted?.outcome === "storage_failed") {
      throw new FellowshipError("storage_failed", gate.halted.detail);
    }
    // Where every row was done before, no row has reported yet.
    progress.rows(counts);
    return counts;
  } finally {
    progress.end();
    await watch.stop();
    await spread.close();
    await pace.close();
  }
}

async function* sourceRows<Input extends { readonly number: number; readonly id: string }>(
  { toRow, columns }: Pick<RowReader<Input>, "toRow" | "columns">,
  options: CommandOptions,
  witness: ReadWitness,
): AsyncGenerator<SourceRow<Input>> {
  for await (const record of readInput({ ...options, columns }, witness)) {
    const read = toRow(record);
    if (read.ok) yield { ...read, number: read.row.number, id: read.row.id };
    else yield { ...read, input: "value" in record ? record.value : undefined };
  }
}
