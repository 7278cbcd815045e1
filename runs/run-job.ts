import { join } from "node:path";
import type { OutputFile } from "../datasets/output-set.ts";
import { readRecords, type InputRecord } from "../datasets/read-records.ts";
import type { RowFailure } from "../datasets/row-fields.ts";
import { createBudget, refuseUnpriced, type Budget, type Spent } from "../models/budget.ts";
import { defaultLongestAnswer } from "../models/call-bound.ts";
import { createGate, type Gate, type GateOptions } from "../models/gate.ts";
import type { CallJournal } from "../models/journal.ts";
import { loadPrices, priceTable, type PriceOf } from "../models/prices.ts";
import type { BuiltAgent } from "../topologies/workshop.ts";
import { withoutLimits } from "../topologies/limits-of.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import type { RowAddress } from "../state/row-address.ts";
import type { RowResult } from "../state/row-result.ts";
import type { CommandOptions } from "./command-options.ts";
import { replaceFile } from "./storage/replace-file.ts";
import { refuseUnreadableInput } from "./refuse-unreadable-input.ts";
import { openRunDirectory, type RunDirectory } from "./run-directory.ts";
import { fileSha256, journalFiles, ownVersion, textFile } from "./run-manifest.ts";
import { refuseChangedInput } from "./run-plan.ts";
import { runRows, type RowCounts, type SourceRow } from "./run-rows.ts";
import type { RowJournal } from "./row-journal.ts";
import type { Progress } from "./progress.ts";
import { listenForStop, type StopSignals } from "./stop-signals.ts";
import { createSpentSoFar } from "./spent-so-far.ts";
import { roundedUsd, type Tally } from "./tally.ts";
import { createTracing, type Tracing } from "./tracing.ts";

/** What one command does with each row, and what it makes of them all. */
export type Job<Input, Result extends RowResult, Summary extends Tally & RowCounts> = {
  readonly command: string;
  readonly topology: { readonly graph: string };
  readonly agents: readonly BuiltAgent[];
  readonly prompts: Readonly<Record<string, string>>;
  readonly toRow: (record: InputRecord) => { ok: true; row: Input } | RowFailure;
  readonly work: (address: RowAddress, input: Input) => Promise<Result>;
  readonly unusable: (
    id: string,
    failure: { reason: string; detail: string },
    input: unknown,
  ) => Result;
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
};

/** What a run writes down and may spend; there once its directory is open. */
type Books = { readonly calls: CallJournal; readonly budget: Budget };

/**
 * Runs a job over a file: all rows through the graph, then the files, the manifest last. `prepare` builds the graph, and finds
 * every mistake in it, before a directory is made or anything is sent.
 *
 * @throws FellowshipError for what is wrong before the first call, or a disk that gave up.
 */
export async function runJob<
  Input extends { readonly number: number; readonly id: string },
  Result extends RowResult,
  Summary extends Tally & RowCounts,
>(
  prepare: (parts: JobParts) => Promise<Job<Input, Result, Summary>>,
  options: CommandOptions,
  limits: GateOptions["limits"] = {},
): Promise<JobEnd<Summary>> {
  let books: Books | undefined;
  const { progress, budgetUsd } = options;
  const gate = createGate({
    journal: () => books?.calls,
    budget: () => books?.budget,
    onCall: () => progress.call(books?.budget.spent),
    limits,
  });
  const { callbacks, notice, flush } = createTracing(options.environment);
  const priceOf = loadPrices(priceTable);
  const longestAnswerOf = budgetUsd === undefined ? undefined : longestAnswers(priceOf);
  const job = await prepare({ gate, callbacks, priceOf, longestAnswerOf });
  if (budgetUsd !== undefined) refuseUnpriced(modelsOf(job), priceOf);
  await refuseUnreadableInput(options.input);
  if (notice !== null) progress.say(notice);
  const open = (opened: Books) => {
    books = opened;
  };
  try {
    return await runOpened(job, options, { gate, priceOf, open });
  } finally {
    await flush();
  }
}

/** Answers of models that cost nothing need no bound. */
function longestAnswers(priceOf: PriceOf): (model: string) => number | undefined {
  return (model) => (priceOf(model) === "free" ? undefined : defaultLongestAnswer);
}

function modelsOf({ agents }: { readonly agents: readonly BuiltAgent[] }): string[] {
  return agents.map(({ model }) => model);
}

/** What a run is opened with; `open` is given its books. */
type RunParts = {
  readonly gate: Gate;
  readonly priceOf: PriceOf;
  readonly open: (books: Books) => void;
};

async function runOpened<
  Input extends { readonly number: number; readonly id: string },
  Result extends RowResult,
  Summary extends Tally & RowCounts,
>(
  job: Job<Input, Result, Summary>,
  options: CommandOptions,
  { gate, priceOf, open }: RunParts,
): Promise<JobEnd<Summary>> {
  const started = performance.now();
  const { progress, budgetUsd } = options;
  const inputSha256 = await fileSha256(options.input);
  const { command, topology, prompts, agents } = job;
  const models = new Map(agents.map(({ name, model }) => [name, model]));
  const before = createSpentSoFar((agent) => models.get(agent), priceOf);
  const directory = await openRunDirectory<Result>(
    options.directory,
    { command, topology: withoutLimits(topology), prompts, input: inputSha256 },
    {
      fresh: options.fresh,
      salvage: options.salvage,
      inProcess: agents.every(({ model }) => /^(?:replay|sim):/.test(model)),
      onRepair: (message) => progress.say(message),
      onCall: before.read,
      onDiskFull: (detail) => gate.halt({ outcome: "storage_failed", detail }),
    },
  );
  const signals = drainOnSignals(gate, progress);
  try {
    const budget = createBudget({ limitUsd: budgetUsd, priceOf, spent: before.total() });
    open({ calls: directory.calls, budget });
    const counts = await runRows({
      directory,
      source: sourceRows(job, options.input),
      work: job.work,
      unusable: job.unusable,
      gate,
      concurrency: options.concurrency,
      limit: options.limit,
      countOccurrences: agents.some(({ model }) => model.startsWith("replay:")),
      onRow: (now) => progress.rows(now),
    });
    if (gate.halted?.outcome === "storage_failed") {
      throw new FellowshipError("storage_failed", gate.halted.detail);
    }
    // Where every row was done before, nobody has told so yet.
    progress.rows(counts);
    progress.end();
    await refuseChangedInput(directory.path, { path: options.input, sha256: inputSha256 });
    const seconds = (performance.now() - started) / 1000;
    const spent = roundedSpent(budget);
    const written = { directory, counts, inputSha256, seconds, spent };
    const { summary, files } = await writeFiles(job, options, written);
    const exitCode = signals.exitCode ?? exitCodeOf(gate, counts);
    const stoppedBy = gate.halted?.detail ?? null;
    return { exitCode, summary, files, seconds, stoppedBy, spent };
  } finally {
    progress.end();
    signals.release();
    await directory.close();
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

type Written<Result> = {
  readonly directory: RunDirectory<Result>;
  readonly counts: RowCounts;
  readonly inputSha256: string;
  readonly seconds: number;
  readonly spent: JobEnd<unknown>["spent"];
};

function roundedSpent({ spent, leftUsd }: Budget): JobEnd<unknown>["spent"] {
  return {
    usd: roundedUsd(spent.usd),
    unknownUsd: roundedUsd(spent.unknownUsd),
    unpriced: spent.unpriced,
    // Never more than there is: another run may be given it.
    leftUsd: leftUsd === null ? null : Math.floor(leftUsd * 1e8) / 1e8,
  };
}

async function writeFiles<Input, Result extends RowResult, Summary extends Tally & RowCounts>(
  job: Job<Input, Result, Summary>,
  options: CommandOptions,
  { directory, counts, inputSha256, seconds, spent }: Written<Result>,
): Promise<{ summary: Summary; files: OutputFile[] }> {
  const { summary, files } = await job.write(directory.path, directory.rows, counts);
  const texts = [["summary.json", json(summary)]];
  if (job.card !== undefined) {
    texts.push(["README.md", await job.card({ summary, files, inputSha256 })]);
  }
  const all = [...files];
  for (const [name = "", text = ""] of texts) {
    await replaceFile(join(directory.path, name), text);
    all.push(textFile(name, text));
  }
  const manifest = {
    fellowship: ownVersion(),
    command: job.command,
    topology: job.topology,
    agents: job.agents,
    prompts: job.prompts,
    input: { path: options.input, sha256: inputSha256 },
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    rows: counts.rows,
    done: counts.done,
    failed: counts.failed,
    pending: counts.pending,
    calls: summary.calls,
    tokens: summary.tokens,
    cost: summary.cost,
    spent: { usd: spent.usd, unknownUsd: spent.unknownUsd, unpriced: spent.unpriced },
    seconds: Math.round(seconds * 10) / 10,
    versions: { node: process.version },
    files: [...all, ...(await journalFiles(directory.path))],
  };
  await replaceFile(join(directory.path, "run.json"), json(manifest));
  return { summary, files: all };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Exit codes of contract section 1, for a run that came to its end or was stopped by its gate. */
function exitCodeOf(gate: Gate, { failed }: RowCounts): number {
  if (gate.halted?.outcome === "over_budget") return 4;
  if (gate.halted !== null) return 8;
  return failed > 0 ? 3 : 0;
}
