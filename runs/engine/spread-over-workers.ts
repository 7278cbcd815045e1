import type { Gate } from "../../models/gate/gate.ts";
import type { Spending } from "../../models/cost/open-spending.ts";
import type { RowCounts, RowResult } from "../../state/row-result.ts";
import type { Tally } from "../accounting/tally.ts";
import type { CommandOptions } from "../command-options.ts";
import { planOf } from "../directory/run-plan.ts";
import type { Tracing } from "../tracing/tracing.ts";
import { answerCalls } from "../workers/answer-calls.ts";
import { openWorkerPool } from "../workers/worker-pool.ts";
import type { Job } from "./job.ts";
import type { Session } from "./open-session.ts";
import type { Waves } from "./waves.ts";

/** Where rows go through their graph: here, or in worker processes. */
type SpreadWork<Input, Result extends RowResult> = {
  readonly work: Job<Input, Result, Tally & RowCounts>["work"];
  readonly waves: Waves<Result> | undefined;
  readonly close: () => Promise<void>;
};

/**
 * Spreads the rows over the worker processes that the options ask for. This process keeps the
 * journals, the budget and the limits of the providers, and makes every call: a worker only runs
 * graphs, so that one that is killed loses nothing that was paid for.
 */
export function spreadOverWorkers<
  Input,
  Result extends RowResult,
  Summary extends Tally & RowCounts,
>(
  job: Job<Input, Result, Summary>,
  options: CommandOptions,
  parts: Pick<Session<Result>, "directory" | "inputIdentity"> & {
    readonly gate: Gate;
    readonly spending: Spending;
    readonly tracing: Pick<Tracing, "callbacks">;
  },
): SpreadWork<Input, Result> {
  const { workers, environment, progress } = options;
  const { work, waves } = job;
  const { directory, inputIdentity, gate, spending, tracing } = parts;
  const isTraced = tracing.callbacks.length > 0;
  if (workers !== undefined && isTraced) {
    progress.say("Traces are made in one process: this run uses no workers.", "notice");
  }
  if (workers === undefined || isTraced) return { work, waves, close: async () => undefined };
  const plan = planOf(job, inputIdentity, options);
  const { longestAnswerOf } = spending;
  const pool = openWorkerPool({
    workers,
    job: { plan, directory: directory.path },
    ask: answerCalls({ gate, environment, longestAnswerOf }),
    onNotice: (message) => progress.say(message, "notice"),
  });
  return {
    // The worker runs the same job.
    work: async (address, row) => (await pool.work(address, row)) as Result,
    waves: waves && {
      beginsAt: waves.beginsAt,
      async begin(row, rows) {
        await waves.begin(row, rows);
        await pool.beginWave(row);
      },
    },
    close: pool.close,
  };
}
