import type { Gate } from "../../models/gate/gate.ts";
import { isInProcess } from "../../models/providers/model-spec.ts";
import type { Limits } from "../../models/rate-limit/given-limits.ts";
import type { Spending } from "../../models/cost/open-spending.ts";
import type { RowCounts, RowResult } from "../../state/row-result.ts";
import type { Tally } from "../accounting/tally.ts";
import type { CommandOptions } from "../command-options.ts";
import { readSpending } from "../directory/journal-spending.ts";
import { planOf } from "../directory/run-plan.ts";
import type { Tracing } from "../tracing/tracing.ts";
import { answerCalls } from "../workers/answer-calls.ts";
import { openWorkerPool } from "../workers/worker-pool.ts";
import type { Job } from "./job.ts";
import type { Session } from "./open-session.ts";
import type { Waves } from "./waves.ts";

/** Where rows go through their graph: here, in worker processes, or on a queue. */
type SpreadRows<Input, Result extends RowResult> = {
  /** Rows that are given out at once. */
  readonly concurrency: number;
  readonly work: Job<Input, Result, Tally & RowCounts>["work"];
  readonly waves: Waves<Result> | undefined;
  readonly close: () => Promise<void>;
};

type SpreadParts<Result> = Pick<Session<Result>, "directory" | "inputIdentity"> & {
  readonly gate: Gate;
  readonly spending: Spending;
  readonly tracing: Pick<Tracing, "callbacks">;
  readonly limits: Readonly<Record<string, Limits>>;
};

/** Spreads the rows as the options ask. */
export async function spreadRows<
  Input,
  Result extends RowResult,
  Summary extends Tally & RowCounts,
>(
  job: Job<Input, Result, Summary>,
  options: CommandOptions,
  parts: SpreadParts<Result>,
): Promise<SpreadRows<Input, Result>> {
  const { workers, queue, progress, concurrency } = options;
  const { work, waves } = job;
  const isTraced = parts.tracing.callbacks.length > 0;
  if (isTraced && (workers !== undefined || queue !== undefined)) {
    progress.say("Traces are made in one process: this run uses no workers.", "notice");
  } else if (queue !== undefined) return spreadOverQueue(job, options, queue, parts);
  else if (workers !== undefined) return spreadOverWorkers(job, options, workers, parts);
  return { concurrency, work, waves, close: async () => undefined };
}

/**
 * This process keeps the journals, the budget and the limits of the providers, and makes every
 * call: a worker only runs graphs, so that one that is killed loses nothing that was paid for.
 */
function spreadOverWorkers<Input, Result extends RowResult, Summary extends Tally & RowCounts>(
  job: Job<Input, Result, Summary>,
  options: CommandOptions,
  workers: number,
  { directory, inputIdentity, gate, spending }: SpreadParts<Result>,
): SpreadRows<Input, Result> {
  const { environment, progress, concurrency } = options;
  const { waves } = job;
  const plan = planOf(job, inputIdentity, options);
  const { longestAnswerOf } = spending;
  const pool = openWorkerPool({
    workers,
    job: { plan, directory: directory.path },
    ask: answerCalls({ gate, environment, longestAnswerOf }),
    onNotice: (message) => progress.say(message, "notice"),
  });
  return {
    concurrency,
    // The worker runs the same job.
    work: async (address, row) => (await pool.work(address, row)) as Result,
    waves: waves && {
      beginsAt: waves.beginsAt,
      learned: waves.learned,
      async begin(row, rows) {
        await waves.begin(row, rows);
        await pool.beginWave(row);
      },
    },
    close: pool.close,
  };
}

/** This process collects what the workers report, and makes no call. */
async function spreadOverQueue<Input, Result extends RowResult, Summary extends Tally & RowCounts>(
  job: Job<Input, Result, Summary>,
  options: CommandOptions,
  url: string,
  { directory, inputIdentity, gate, spending, limits }: SpreadParts<Result>,
): Promise<SpreadRows<Input, Result>> {
  const { budgetUsd, concurrency, progress } = options;
  const { priceOf, longestAnswerOf } = spending;
  const models = new Map(job.agents.map(({ name, model }) => [name, model]));
  const agents = job.agents.map(({ name, model }) => {
    const facts = { price: priceOf(model, name), longest: longestAnswerOf(model, name) };
    return [name, facts] as const;
  });
  sayUnlimited(job.agents, limits, progress);
  const { openQueueRows } = await import("../queue/queue-rows.ts");
  const rows = await openQueueRows({
    url,
    // Results go through the queue as they are.
    directory: directory as unknown as Parameters<typeof openQueueRows>[0]["directory"],
    run: {
      plan: planOf(job, inputIdentity, options),
      place: directory.path,
      concurrency,
      isBound: budgetUsd !== undefined,
      agents: Object.fromEntries(agents),
      limits,
    },
    gate,
    progress,
    budgetUsd,
    spent: async () =>
      (await readSpending(directory.path, (agent) => models.get(agent), priceOf)).spent,
  });
  return {
    concurrency: rows.window,
    work: async (address, row) => (await rows.work(address, row)) as Result,
    waves: undefined,
    close: rows.close,
  };
}

/** Says which models have no limits that the workers of a queue could share. */
function sayUnlimited(
  agents: readonly { readonly model: string }[],
  limits: Readonly<Record<string, Limits>>,
  progress: CommandOptions["progress"],
): void {
  const models = [...new Set(agents.map(({ model }) => model))];
  const unlimited = models.filter((model) => {
    const provider = model.slice(0, model.indexOf(":"));
    return limits[model] === undefined && limits[provider] === undefined && !isInProcess(model);
  });
  if (unlimited.length === 0) return;
  progress.say(
    `No limits are given for ${unlimited.join(", ")}: each worker finds by itself how fast ` +
      "the provider lets it ask. `limits` in the topology hold for all workers together.",
    "notice",
  );
}
