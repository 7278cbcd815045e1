import { readRecords, type InputRecord } from "../../datasets/read/read-records.ts";
import type { RowFailure } from "../../datasets/rows/row-fields.ts";
import { createBudget, refuseUnpriced, type Budget } from "../../models/cost/budget.ts";
import { defaultLongestAnswer } from "../../models/cost/worst-case-tokens.ts";
import { createGate, type Gate } from "../../models/gate/gate.ts";
import type { CallJournal } from "../../models/gate/journal.ts";
import { isInProcess } from "../../models/providers/model-spec.ts";
import { loadPrices, priceTable, type PriceOf } from "../../models/cost/prices.ts";
import type { BuiltAgent } from "../../topologies/build/build-session.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { RowResult } from "../../state/row-result.ts";
import type { CommandOptions } from "../command-options.ts";
import type { ForecastBasis } from "../forecast/forecast.ts";
import { refuseUnreadableInput } from "../refuse-unreadable-input.ts";
import { openReuse, type Reuse } from "../reuse/reuse.ts";
import { createTakenSoFar } from "../directory/taken-answers.ts";
import { openRunDirectory, type RunDirectory } from "../directory/run-directory.ts";
import { fileSha256 } from "../directory/run-manifest.ts";
import { planOf, refuseChangedInput } from "../directory/run-plan.ts";
import { runRows, type SourceRow } from "./run-rows.ts";
import type { RowCounts } from "../../state/row-result.ts";
import type { Progress } from "../progress/progress.ts";
import { sessionCounter } from "../forecast/session-forecast.ts";
import { listenForStop, type StopSignals } from "./stop-signals.ts";
import { createPriorSpending } from "../directory/prior-spending.ts";
import { roundedUsd, type Tally } from "../accounting/tally.ts";
import { createTracing, runIdOf, type Tracing } from "../tracing/tracing.ts";
import { modelsOf, type Job, type JobEnd, type JobParts } from "./job.ts";
import { watchRun, type RunWatch } from "./watch-run.ts";
import { writeRunFiles } from "./write-run-files.ts";

/** What a run writes down and may spend, and who follows it; there once its directory is open. */
type Books = { readonly calls: CallJournal; readonly budget: Budget; readonly watch: RunWatch };

/**
 * Runs a job over a file: all rows through the graph, then the files, the manifest last. `prepare` builds the graph, and finds
 * every mistake in it, before a directory is made or anything is sent.
 *
 * @param basis What a forecast of the job rests on, the limits of its providers among it.
 * @throws FellowshipError for what is wrong before the first call, or a disk that gave up.
 */
export async function runJob<
  Input extends { readonly number: number; readonly id: string },
  Result extends RowResult,
  Summary extends Tally & RowCounts,
>(
  prepare: (parts: JobParts) => Promise<Job<Input, Result, Summary>>,
  options: CommandOptions,
  basis: ForecastBasis,
): Promise<JobEnd<Summary>> {
  let books: Books | undefined;
  const { progress, budgetUsd } = options;
  const gate = createGate({
    journal: () => books?.calls,
    budget: () => books?.budget,
    onCall: (record, bought, { row }) => {
      progress.call(books?.budget.spent, record.tokens);
      books?.watch.callEnded(row.number, record, bought);
    },
    limits: basis.limits,
  });
  const tracing = createTracing(options.environment, (message) => progress.say(message));
  const priceOf = loadPrices(priceTable);
  const longestAnswerOf = budgetUsd === undefined ? undefined : longestAnswers(priceOf);
  const job = await prepare({ gate, callbacks: tracing.callbacks, priceOf, longestAnswerOf });
  if (budgetUsd !== undefined) refuseUnpriced(modelsOf(job), priceOf);
  await refuseUnreadableInput(options.input);
  if (tracing.notice !== null) progress.say(tracing.notice);
  const open = (opened: Books) => {
    books = opened;
  };
  try {
    return await runOpened(job, options, { gate, priceOf, basis, tracing, open });
  } finally {
    const loss = await tracing.flush();
    if (loss !== null) progress.say(loss);
  }
}

/** Answers of models that cost nothing need no bound. */
function longestAnswers(priceOf: PriceOf): (model: string) => number | undefined {
  return (model) => (priceOf(model) === "free" ? undefined : defaultLongestAnswer);
}

/** What a run is opened with; `open` is given its books. */
type RunParts = {
  readonly gate: Gate;
  readonly priceOf: PriceOf;
  readonly basis: ForecastBasis;
  readonly tracing: Tracing;
  readonly open: (books: Books) => void;
};

/** Opens what a run reads and writes, works through the rows, and closes it all whatever happens. */
async function runOpened<
  Input extends { readonly number: number; readonly id: string },
  Result extends RowResult,
  Summary extends Tally & RowCounts,
>(
  job: Job<Input, Result, Summary>,
  options: CommandOptions,
  parts: RunParts,
): Promise<JobEnd<Summary>> {
  const started = performance.now();
  const { gate, priceOf, tracing } = parts;
  const { progress } = options;
  const inputSha256 = await fileSha256(options.input);
  const { agents } = job;
  const reuse = await reuseFor(job, options, inputSha256);
  const closing: (() => Promise<void> | void)[] = [() => reuse?.close()];
  try {
    const models = new Map(agents.map(({ name, model }) => [name, model]));
    const before = createPriorSpending((agent) => models.get(agent), priceOf);
    const taken = createTakenSoFar((agent) => models.get(agent), priceOf);
    const plan = planOf(job, inputSha256);
    tracing.begin(runIdOf(plan, options.directory));
    const directory = await openRunDirectory<Result>(options.directory, plan, {
      fresh: options.fresh,
      salvage: options.salvage,
      input: options.input,
      inProcess: modelsOf(job).every(isInProcess),
      onRepair: (message) => progress.say(message),
      onCall: (record) => {
        before.read(record);
        taken.read(record);
      },
      findElsewhere: reuse?.find.bind(reuse),
      onDiskFull: (detail) => gate.halt({ outcome: "storage_failed", detail }),
    });
    closing.push(() => directory.close());
    const signals = drainOnSignals(gate, progress);
    closing.push(() => signals.release());
    const budget = createBudget({ limitUsd: options.budgetUsd, priceOf, spent: before.total() });
    closing.push(() => progress.end());
    const counts = await workOnRows(job, options, { ...parts, directory, budget, reuse });
    await refuseChangedInput(directory.path, { path: options.input, sha256: inputSha256 });
    const seconds = (performance.now() - started) / 1000;
    const figures = { seconds, spent: roundedSpent(budget), reused: taken.total() };
    const ended = { directory, counts, inputSha256, ...figures };
    const { summary, files } = await writeRunFiles(job, options, ended);
    const exitCode = signals.exitCode ?? exitCodeOf(gate, counts);
    const stoppedBy = gate.halted?.detail ?? null;
    return { exitCode, summary, files, stoppedBy, ...figures };
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

async function reuseFor(
  { agents }: { readonly agents: readonly BuiltAgent[] },
  { reuse: directories = [], directory: ownDirectory }: CommandOptions,
  input: string,
): Promise<Reuse | undefined> {
  if (directories.length === 0) return undefined;
  return openReuse({ directories, ownDirectory, input, agents });
}

type OpenedRun<Result> = RunParts & {
  readonly directory: RunDirectory<Result>;
  readonly budget: Budget;
  readonly reuse: Reuse | undefined;
};

/** Takes all rows through the graph, and tells people how it goes. */
async function workOnRows<
  Input extends { readonly number: number; readonly id: string },
  Result extends RowResult,
  Summary extends Tally & RowCounts,
>(
  job: Job<Input, Result, Summary>,
  options: CommandOptions,
  { gate, priceOf, basis, tracing, open, directory, budget, reuse }: OpenedRun<Result>,
): Promise<RowCounts> {
  const { progress } = options;
  const count = sessionCounter({ ...options, ...basis, priceOf }, directory.rows);
  const watch = watchRun({ ...options, priceOf, spent: () => budget.spent, count });
  open({ calls: directory.calls, budget, watch });
  try {
    const counts = await runRows({
      directory,
      source: sourceRows(job, options.input),
      work: job.work,
      unusable: job.unusable,
      gate,
      concurrency: options.concurrency,
      limit: options.limit,
      countOccurrences: modelsOf(job).some((model) => model.startsWith("replay:")),
      onRead: reuse && ((number, row) => reuse.noteRow(number, job.question(row))),
      onStart: watch.rowStarted,
      onRow: (now, ended) => {
        const { row, status, result } = ended;
        reuse?.finishRow(row);
        progress.rows(now);
        watch.rowEnded(row, status);
        const feedback = result === undefined ? [] : job.feedback(result);
        tracing.rowEnded({ row, status, failure: result?.failure, feedback });
      },
    });
    if (gate.halted?.outcome === "storage_failed") {
      throw new FellowshipError("storage_failed", gate.halted.detail);
    }
    // Where every row was done before, nobody has told so yet.
    progress.rows(counts);
    return counts;
  } finally {
    progress.end();
    await watch.stop();
  }
}

function drainOnSignals(gate: Gate, progress: Progress): StopSignals {
  return listenForStop({
    drain: (signal) => {
      progress.say(`${signal}: waiting for the calls under way; the same command goes on later`);
      gate.halt({ outcome: "interrupted", detail: `stopped by ${signal}` });
    },
    // What is in flight is money unknown; the journal knows which calls those were.
    stopNow: () => process.exit(130),
  });
}

async function* sourceRows<Input extends { readonly number: number; readonly id: string }>(
  { toRow }: { toRow: (record: InputRecord) => { ok: true; row: Input } | RowFailure },
  path: string,
): AsyncGenerator<SourceRow<Input>> {
  for await (const record of readRecords(path)) {
    const read = toRow(record);
    if (read.ok) yield { ...read, number: read.row.number, id: read.row.id };
    else yield { ...read, input: "value" in record ? record.value : undefined };
  }
}

function roundedSpent({ spent, leftUsd }: Budget): JobEnd<unknown>["spent"] {
  return {
    usd: roundedUsd(spent.usd),
    unknownUsd: roundedUsd(spent.unknownUsd),
    unpriced: spent.unpriced,
    // Never more than there is: another run may be given it.
    leftUsd: leftUsd === null ? null : Math.floor(leftUsd * 1e8) / 1e8,
  };
}

/** Exit codes of contract section 1, for a run that came to its end or was stopped by its gate. */
function exitCodeOf(gate: Gate, { failed }: RowCounts): number {
  if (gate.halted?.outcome === "over_budget") return 4;
  if (gate.halted !== null) return 8;
  return failed > 0 ? 3 : 0;
}
