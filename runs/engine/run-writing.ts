import type { OutputFile } from "../../datasets/export/output-set.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import type { Gate } from "../../models/gate/gate.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import type { RowCounts, RowResult } from "../../state/row-result.ts";
import type { Tally } from "../accounting/tally.ts";
import type { CommandOptions } from "../command-options.ts";
import type { RunDirectory } from "../directory/run-directory.ts";
import { isGated } from "../gates/sift.ts";
import { openRunReport, type OpenRunReport } from "../report/write-run-report.ts";
import type { Job, RowsToWrite } from "./job.ts";
import { feedRows } from "./row-feed.ts";

/** The data files of a run, and its report, while they are written. */
export type RunWriting<Summary> = {
  /** Resolves once the data files have their names. */
  readonly written: Promise<{ summary: Summary; files: OutputFile[] }>;
  readonly report: OpenRunReport;
};

/** Begins to write the data files of a run, and the rows of its report from the same lines. */
export function startWriting<Input, Result extends RowResult, Summary extends Tally & RowCounts>(
  job: Job<Input, Result, Summary>,
  options: CommandOptions,
  parts: {
    readonly directory: string;
    readonly rows: RowsToWrite<Result>;
    readonly priceOf: PriceOf;
  },
): RunWriting<Summary> {
  const { directory, rows, priceOf } = parts;
  const report = openRunReport(job, { ...options, directory, priceOf });
  const written = job.write(directory, rows, report.watch);
  // The caller that waits for the files gets the error.
  written.catch(() => report.abort());
  return { written, report };
}

/** Files that are written while the rows of the run finish. */
export type WritingAlong<Result, Summary> = {
  /** The run's directory; rows that finish in it go into the files too. */
  readonly directory: RunDirectory<Result>;
  /**
   * The writing, after the last row; null where it has not begun: no row has finished in this
   * session, or the files have to wait for the whole.
   */
  readonly end: (counts: RowCounts) => RunWriting<Summary> | null;
  /** Takes away what is not whole. */
  readonly close: () => Promise<void>;
};

type RunParts<Result> = {
  readonly directory: RunDirectory<Result>;
  readonly gate: Gate;
  readonly priceOf: PriceOf;
  readonly isTraced: boolean;
};

/**
 * Writes the files of a run beside its work, from the first row that finishes on. A disk that gives
 * up ends the run: its other rows would be paid for, and lead to no file.
 */
export function writeAlong<Input, Result extends RowResult, Summary extends Tally & RowCounts>(
  job: Job<Input, Result, Summary>,
  options: CommandOptions,
  { directory, gate, priceOf, isTraced }: RunParts<Result>,
): WritingAlong<Result, Summary> {
  if (waitsForAllRows(job, options, { isTraced })) {
    return { directory, end: () => null, close: async () => undefined };
  }
  let writing: RunWriting<Summary> | null = null;
  const feed = feedRows(directory.rows, {
    shard: options.shard,
    onFinish: () => (writing ??= begin()),
  });

  function begin(): RunWriting<Summary> {
    const parts = { directory: directory.path, rows: feed.rows, priceOf };
    const { written: unexplained, report } = startWriting(job, options, parts);
    const written = unexplained.catch(async (error: unknown) => {
      // Where the directory is gone, so is every file's place.
      await directory.assertInPlace({ isFailing: true });
      throw error;
    });
    written.catch((error: unknown) => {
      if (!isFellowshipError(error) || error.code !== "storage_failed") return;
      gate.halt({ outcome: "storage_failed", detail: error.message });
    });
    return { written, report };
  }

  return {
    directory: { ...directory, rows: feed.journal },
    end(counts) {
      feed.end(counts);
      return writing;
    },
    async close() {
      feed.stop();
      await writing?.written.catch(() => undefined);
      await writing?.report.abort();
    },
  };
}

/**
 * Whether a run's files can't be begun before its last row has finished:
 *
 * - all rows together may change each (a calibrated jury), or let it pass (gates);
 * - what a person says of a row may come until the end;
 * - a row of a queue or of a batch may finish twice in one session;
 * - with traces, finding what was asked would switch them off (`skipRunTrees`).
 */
function waitsForAllRows<Input, Result extends RowResult, Summary extends Tally & RowCounts>(
  { revision, waitsForPeople }: Pick<Job<Input, Result, Summary>, "revision" | "waitsForPeople">,
  { gates, queue, batch, batchFiles }: CommandOptions,
  { isTraced }: Pick<RunParts<Result>, "isTraced">,
): boolean {
  return (
    revision !== undefined ||
    isGated(gates) ||
    waitsForPeople === true ||
    queue !== undefined ||
    batch === true ||
    batchFiles !== undefined ||
    isTraced
  );
}
