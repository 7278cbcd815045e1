import type { OutputFile } from "../datasets/output-set.ts";
import { readRecords, type InputRecord } from "../datasets/read-records.ts";
import type { RowFailure } from "../datasets/row-fields.ts";
import { createBudget, refuseUnpriced, type Budget, type Spent } from "../models/budget.ts";
import { defaultLongestAnswer } from "../models/call-bound.ts";
import { createGate, type Gate } from "../models/gate.ts";
import type { CallJournal } from "../models/journal.ts";
import { isInProcess } from "../models/model-spec.ts";
import { loadPrices, priceTable, type PriceOf } from "../models/prices.ts";
import type { BuiltAgent } from "../topologies/workshop.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import type { RowAddress } from "../state/row-address.ts";
import type { RowResult } from "../state/row-result.ts";
import type { CommandOptions } from "./command-options.ts";
import type { ForecastBasis } from "./forecast.ts";
import { refuseUnreadableInput } from "./refuse-unreadable-input.ts";
import { openReuse, type Reuse } from "./reuse/reuse.ts";
import { createTakenSoFar, type TakenAnswers } from "./reuse/taken-answers.ts";
import { openRunDirectory, type RunDirectory } from "./run-directory.ts";
import { fileSha256 } from "./run-manifest.ts";
import { planOf, refuseChangedInput } from "./run-plan.ts";
import { runRows, type RowCounts, type SourceRow } from "./run-rows.ts";
import type { RowJournal } from "./row-journal.ts";
import type { Progress } from "./progress.ts";
import { sessionCounter } from "./session-forecast.ts";
import { listenForStop, type StopSignals } from "./stop-signals.ts";
import { createSpentSoFar } from "./spent-so-far.ts";
import { roundedUsd, type Tally } from "./tally.ts";
import { createTracing, runIdOf, type Tracing } from "./tracing.ts";
import type { TraceFeedback } from "./tracing/traced-run.ts";
import { watchRun, type RunWatch } from "./watch-run.ts";
import { writeRunFiles } from "./write-run-files.ts";

/** What one command does with each row, and what it makes of them all. */
export type Job<Input, Result extends RowResult, Summary extends Tally & RowCounts> = {
  readonly command: string;
  readonly topology: { readonly graph: string };
  readonly agents: readonly BuiltAgent[];
  readonly prompts: Readonly<Record<string, string>>;
  /** SHA-256 of each file of code of the user's own. */
  readonly code: Readonly<Record<string, string>>;
  readonly toRow: (record: InputRecord) => { ok: true; row: Input } | RowFailure;
  readonly work: (address: RowAddress, input: Input) => Promise<Result>;
  /** What of a row its models are shown: rows that are alike in it are asked about in the same words. */
  readonly question: (input: Input) => unknown;
  readonly unusable: (
    id: string,
    failure: { reason: string; detail: string },
    input: unknown,
  ) => Result;
  /** What traces are told of a finished row. */
  readonly feedback: (result: Result) => TraceFeedback[];
  /** Writes the data files from the finished rows. */
  readonly write: (
    directory: string,
    rows: RowJournal<Result>,
    counts: RowCounts,
  ) => Promise<{ summary: Summary; files: OutputFile[] }>;
  /** Writes the card, told everything else. */
  readonly card?: (facts: {
    summary: Summary;
    files: OutputFile[];
    inputSha256: string;
  }) => Promise<string>;
};

/** What a job is made with. */
export type JobParts = {
  readonly gate: Gate;
  readonly priceOf: PriceOf;
  readonly callbacks: Tracing["callbacks"];
  /** The longest answer, in tokens, that a model is asked for where its agent does not say; given under a budget alone. */
  readonly longestAnswerOf?: ((model: string) => number | undefined) | undefined;
};

/** How a run ended. */
export type JobEnd<Summary> = {
  readonly exitCode: number;
  readonly summary: Summary;
  readonly files: readonly OutputFile[];
  /** Of this session; an earlier one's are not counted. */
  readonly seconds: number;
  /** Why it ended before its time, in a sentence. */
  readonly stoppedBy: string | null;
  /** By all sessions of the run; `leftUsd` is null where it had no budget. */
  readonly spent: Spent & { readonly leftUsd: number | null };
  /** What was taken from other runs, by all sessions, and paid for there. */
  readonly reused: readonly TakenAnswers[];
};

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

/** The models of all agents, in their order. */
export function modelsOf({ agents }: { readonly agents: readonly BuiltAgent[] }): string[] {
  return agents.map(({ model }) => model);
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
    const before = createSpentSoFar((agent) => models.get(agent), priceOf);
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
      reuse,
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
