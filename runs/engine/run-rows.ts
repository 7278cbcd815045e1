import type { BatchRun } from "../batch/open-batch-run.ts";
import type { Gate } from "../../models/gate/gate.ts";
import { collectLateErrors } from "../../user-code/late-errors.ts";
import { endsRun } from "../../state/calls/outcome.ts";
import type { RowAddress } from "../../state/calls/row-address.ts";
import type { RowCounts, RowResult } from "../../state/row-result.ts";
import { forEachConcurrently } from "./for-each-concurrently.ts";
import type { RunDirectory } from "../directory/run-directory.ts";
import { isInShard, type Shard } from "../shards/shard.ts";
import { createInFlight, type InFlight, type Waves } from "./waves.ts";

/** A row of the input: usable, or the reason why it isn't. */
export type SourceRow<Input> =
  | { readonly ok: true; readonly number: number; readonly id: string; readonly row: Input }
  | {
      readonly ok: false;
      readonly number: number;
      readonly id: string;
      readonly reason: string;
      readonly detail: string;
      /** The row as it was given; undefined where it could not be read. */
      readonly input?: unknown;
    };

/** How a row that was taken up ended. */
export type EndedRow<Result> = {
  readonly row: number;
  readonly status: "done" | "failed" | "pending";
  /** As it was written down; none where it is pending. */
  readonly result?: Result;
};

export type RunRowsOptions<Input, Result extends RowResult> = {
  readonly directory: RunDirectory<Result>;
  readonly source: AsyncIterable<SourceRow<Input>>;
  /** All that is done for one row; free of the pool, so that it can run anywhere. */
  readonly work: (address: RowAddress, input: Input) => Promise<Result>;
  /** Whether code of the user's takes part; default true. */
  readonly hasCode?: boolean | undefined;
  /** Rows that wait for those before them. */
  readonly waves?: Waves<Result> | undefined;
  /** The result of a row that can't be used. */
  readonly unusable: (
    id: string,
    failure: { reason: string; detail: string },
    input: unknown,
  ) => Result;
  readonly gate: Gate;
  readonly concurrency: number;
  readonly limit?: number | undefined;
  /** The part of the rows that the run is over. */
  readonly shard?: Shard | undefined;
  /** Calls that go into batches, and the rows that wait for them. */
  readonly batch?: Pick<BatchRun, "endRow" | "hasParked"> | undefined;
  /** Rows of one id are distinguished by their occurrence; only a cassette needs it. */
  readonly countOccurrences: boolean;
  /** Called for every usable row, finished ones too, in the order of the input. */
  readonly onRead?: ((number: number, row: Input) => void) | undefined;
  /** A row is taken up. */
  readonly onStart?: (number: number) => void;
  readonly onRow?: (counts: Readonly<RowCounts>, ended: EndedRow<Result>) => void;
};

/**
 * Takes every unfinished row of the input, up to the limit, through its graph, and writes down how
 * each ended. Rows that the directory holds beyond the limit are counted as they are.
 */
export async function runRows<Input, Result extends RowResult>(
  options: RunRowsOptions<Input, Result>,
): Promise<RowCounts> {
  const { directory, gate } = options;
  const counts: RowCounts = { rows: 0, done: 0, failed: 0, pending: 0 };
  const notAsked = { rows: 0 };
  const inFlight = createInFlight();
  const unfinished = unfinishedRows(options, counts, { notAsked, inFlight });
  const work = (row: UnfinishedRow<Input>) => workOn(row, options, counts).finally(inFlight.leave);
  await forEachConcurrently(unfinished, work, {
    concurrency: options.concurrency,
    // Once the gate is shut the rest is only counted.
    isOpen: () => true,
  });
  counts.pending = counts.rows - counts.done - counts.failed;
  if (gate.halted === null && !hasParked(options) && counts.pending > notAsked.rows) {
    throw new Error(`${counts.pending} rows of ${directory.path} were neither done nor failed`);
  }
  return counts;
}

/** Whether rows wait for a batch. */
function hasParked({ batch }: { readonly batch?: Pick<BatchRun, "hasParked"> | undefined }) {
  return batch?.hasParked ?? false;
}

type UnfinishedRow<Input> = SourceRow<Input> & { readonly occurrence: number };

/**
 * @param notAsked Counts the rows beyond the limit that no session has finished.
 * @param inFlight Is entered for each row that is given out.
 */
async function* unfinishedRows<Input, Result extends RowResult>(
  options: RunRowsOptions<Input, Result>,
  counts: RowCounts,
  { notAsked, inFlight }: { readonly notAsked: { rows: number }; readonly inFlight: InFlight },
): AsyncGenerator<UnfinishedRow<Input>> {
  const { directory, source, limit = Infinity, gate, countOccurrences, onRead, waves } = options;
  const { shard } = options;
  const seen = new Map<string, number>();
  const lastHeld = directory.rows.lastRow;
  let isHeld = false;
  for await (const row of source) {
    const isAsked = row.number <= limit;
    if (!isAsked && row.number > lastHeld) return;
    const isOwn = isInShard(shard, row.number);
    if (isOwn) counts.rows += 1;
    if (waves?.beginsAt(row.number) === true) {
      await inFlight.ended();
      // Rows before it wait for a batch, and so does every row from here on.
      isHeld ||= hasParked(options);
      if (gate.halted === null && !isHeld) await waves.begin(row.number, directory.rows);
    }
    if (row.ok) onRead?.(row.number, row.row);
    const occurrence = countOccurrences ? (seen.get(row.id) ?? 0) + 1 : 1;
    if (countOccurrences) seen.set(row.id, occurrence);
    if (!isOwn) continue;
    const status = directory.rows.statusOf(row.number);
    if (status === "done") counts.done += 1;
    else if (status === "unusable") counts.failed += 1;
    else if (!isAsked) {
      if (status === undefined) notAsked.rows += 1;
      leave(row.number, directory, counts);
    } else if (gate.halted === null && !isHeld) {
      inFlight.enter();
      yield { ...row, occurrence };
    } else leave(row.number, directory, counts);
  }
}

/**
 * A row that this run does not come to is pending, unless an earlier one wrote down that it failed.
 */
function leave<Result extends RowResult>(
  row: number,
  { rows }: RunDirectory<Result>,
  counts: RowCounts,
): void {
  if (rows.statusOf(row) === "failed") counts.failed += 1;
}

async function workOn<Input, Result extends RowResult>(
  row: UnfinishedRow<Input>,
  options: RunRowsOptions<Input, Result>,
  counts: RowCounts,
): Promise<void> {
  const { directory, work, unusable, onStart, onRow, gate } = options;
  if (!row.ok) {
    onStart?.(row.number);
    const { reason, detail } = row;
    const result = unusable(row.id, { reason, detail }, row.input);
    await directory.rows.finish({ row: row.number, status: "unusable", result });
    counts.failed += 1;
    onRow?.(counts, { row: row.number, status: "failed", result });
    return;
  }
  if (gate.halted !== null) {
    leave(row.number, directory, counts);
    return;
  }
  const { number, id, occurrence } = row;
  onStart?.(number);
  const address = occurrence === 1 ? { number, id } : { number, id, occurrence };
  const result = await settled(() => work(address, row.row), options);
  const isGivenUp = options.batch?.endRow(number) ?? false;
  if (result === "pending" || isGivenUp) {
    leave(number, directory, counts);
    onRow?.(counts, { row: number, status: "pending" });
    return;
  }
  const status = result.failure === undefined ? "done" : "failed";
  await haltUnlessInPlace(directory, gate);
  await directory.rows.finish({ row: number, status, result });
  directory.calls.finishRow(number);
  counts[status] += 1;
  onRow?.(counts, { row: number, status, result });
}

/** Stops the run where its directory was moved away: what is bought from here on may be lost. */
async function haltUnlessInPlace<Result extends RowResult>(
  directory: RunDirectory<Result>,
  gate: Gate,
): Promise<void> {
  await directory.assertInPlace().catch((error: unknown) => {
    const detail = error instanceof Error ? error.message : String(error);
    gate.halt({ outcome: "storage_failed", detail });
    throw error;
  });
}

/**
 * Works on a row, and gives its result; `pending` where a call ended the run. Late errors are
 * collected where there is code that could have some, for that costs every promise a little.
 */
export async function settled<Result extends RowResult>(
  work: () => Promise<Result>,
  { hasCode = true }: { readonly hasCode?: boolean | undefined } = {},
): Promise<Result | "pending"> {
  if (!hasCode) return settle(await work());
  const { result, late } = await collectLateErrors(work);
  return settle(late === null ? result : { ...result, failure: result.failure ?? late });
}

/**
 * Decides what a row's calls mean for the row, whatever its graph did with them: a call that ended
 * the run keeps the row pending, and a gap in a cassette fails it, since an incomplete recording
 * must not pass for data.
 */
function settle<Result extends RowResult>(result: Result): Result | "pending" {
  if (result.transcript.some(({ outcome }) => endsRun(outcome))) return "pending";
  const hole = result.transcript.find(({ outcome }) => outcome === "not_recorded");
  if (hole === undefined) return result;
  return { ...result, failure: { reason: "not_recorded", detail: hole.detail ?? hole.agent } };
}
