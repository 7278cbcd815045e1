import { createReadWitness } from "../../datasets/read/read-witness.ts";
import type { Budget } from "../../models/cost/budget.ts";
import type { PricedAgent } from "../../models/cost/prices.ts";
import { openSpending } from "../../models/cost/open-spending.ts";
import type { Gate } from "../../models/gate/gate.ts";
import type { RowCounts, RowResult } from "../../state/row-result.ts";
import { roundedUsd, type Tally } from "../accounting/tally.ts";
import { repricedFor } from "../batch/batch-prices.ts";
import { nextText, waitText } from "../batch/batch-words.ts";
import type { BatchRun } from "../batch/open-batch-run.ts";
import { refuseOpenBatches } from "../batch/refuse-open-batches.ts";
import { workInWaves } from "../batch/work-in-waves.ts";
import type { CommandOptions } from "../command-options.ts";
import { readFailureReasons } from "../directory/failure-reasons.ts";
import { readSpending } from "../directory/journal-spending.ts";
import { refuseChangedInput } from "../directory/run-plan.ts";
import type { ForecastBasis } from "../forecast/forecast.ts";
import type { InputReport } from "../input/input-report.ts";
import { encodingLines, leftOutText, problemLines } from "../input/input-text.ts";
import { inspectInput } from "../input/inspect-input.ts";
import type { Progress } from "../progress/progress.ts";
import { shardNotice } from "../shards/shard.ts";
import { skipRunTrees } from "../tracing/skip-run-trees.ts";
import { createTracing } from "../tracing/tracing.ts";
import { type Job, type JobEnd, type JobParts } from "./job.ts";
import { openSession, type Session, type SessionParts } from "./open-session.ts";
import { createKeptQuestions, keptFirst } from "./kept-questions.ts";
import { finishedRun } from "./finished-run.ts";
import { createRunGate, type RunGate } from "./run-gate.ts";
import { writeAlong } from "./run-writing.ts";
import { workOnRows } from "./work-on-rows.ts";
import { writeRunFiles } from "./write-run-files.ts";
import { counted } from "../../state/counted.ts";

/** A job, and what a forecast of it rests on. */
type PreparedJob<Input, Result extends RowResult, Summary extends Tally & RowCounts> = {
  readonly job: Job<Input, Result, Summary>;
  readonly basis: ForecastBasis;
};

/** What a topology says of its providers. */
type ProviderFacts = {
  readonly limits: ForecastBasis["limits"];
  /** With their prices and addresses. */
  readonly agents: readonly PricedAgent[];
};

/**
 * Runs a job over a file: all rows through the graph, then the files, the manifest last. `prepare`
 * builds the graph, and finds every mistake in it, before a directory is made or anything is sent.
 *
 * @throws FellowshipError for what is wrong before the first call, or a disk that gave up.
 */
export async function runJob<
  Input extends { readonly number: number; readonly id: string },
  Result extends RowResult,
  Summary extends Tally & RowCounts,
>(
  prepare: (parts: JobParts) => Promise<PreparedJob<Input, Result, Summary>>,
  asked: CommandOptions,
  { limits, agents }: ProviderFacts,
): Promise<JobEnd<Summary>> {
  const { progress, askedOf } = asked;
  const questions = askedOf && createKeptQuestions();
  const { gate, connect } = createRunGate(limits, progress, questions);
  const options = questions ? { ...asked, askedOf: keptFirst(questions, askedOf) } : asked;
  const tracing = createTracing(options.environment, (message) => progress.say(message));
  if (tracing.callbacks.length === 0) skipRunTrees();
  const spending = openSpending({ ...options, agents, repriced: repricedFor(options, agents) });
  const { priceOf, longestAnswerOf } = spending;
  const prepared = await prepare({ gate, callbacks: tracing.callbacks, priceOf, longestAnswerOf });
  spending.refuseUnpriced(prepared.job.agents);
  reportInput(await inspectInput(prepared.job, options), progress);
  if (tracing.notice !== null) progress.say(tracing.notice);
  if (options.shard !== undefined) {
    progress.say(shardNotice(options.shard, options.budgetUsd), "news");
  }
  try {
    return await runPrepared(prepared, options, { gate, connect, tracing, spending });
  } finally {
    const loss = await tracing.flush();
    if (loss !== null) progress.say(loss);
  }
}

/** Says which columns were read under other names, and why rows can't be used. */
function reportInput(report: InputReport, progress: Progress): void {
  const { rows, usable, problems, taken, leftOut = [] } = report;
  if (leftOut.length > 0) progress.say(leftOutText(leftOut), "news");
  for (const line of encodingLines(report)) progress.say(line, "news");
  if (taken.length > 0) progress.say(`Input read as: ${taken.join(", ")}`, "news");
  if (usable === rows) return;
  const lines = [`${rows - usable} of the first ${counted(rows, "row")} can't be used:`];
  progress.say([...lines, ...problemLines(problems)].join("\n"), "news");
}

/** Opens the session, works through the rows, and closes everything whatever happens. */
async function runPrepared<
  Input extends { readonly number: number; readonly id: string },
  Result extends RowResult,
  Summary extends Tally & RowCounts,
>(
  { job, basis }: PreparedJob<Input, Result, Summary>,
  options: CommandOptions,
  parts: SessionParts & RunGate,
): Promise<JobEnd<Summary>> {
  const started = performance.now();
  const finished = await finishedRun(job, options, started);
  if (finished !== null) return finished;
  const session = await openSession<Result>(job, options, parts);
  const { priceOf } = parts.spending;
  const isTraced = parts.tracing.callbacks.length > 0;
  const along = writeAlong(job, options, { ...session, gate: parts.gate, priceOf, isTraced });
  try {
    const witness = createReadWitness();
    const batch = await openBatch(job, options, session, parts);
    const work = { ...parts, basis, witness, batch };
    const { directory } = along;
    const counts = await workInWaves(batch, () =>
      workOnRows(job, options, { ...session, directory }, work),
    );
    session.signals.leaveSignals();
    await session.directory.assertInPlace();
    await refuseChangedInput(session.directory.path, {
      path: options.input,
      identity: session.inputIdentity,
      witness,
    });
    const seconds = (performance.now() - started) / 1000;
    const budget = await budgetAtEnd(job, options, session, parts);
    const figures = { seconds, spent: roundedSpent(budget), reused: session.taken() };
    const written = await writeRunFiles(job, options, {
      ...session,
      ...figures,
      counts,
      priceOf,
      begun: along.end,
    });
    const failures = await readFailureReasons(session.directory.path);
    return { ...endOf(session, parts.gate, counts, batch), ...written, failures, ...figures };
  } finally {
    await along.close();
    await session.close();
  }
}

/** The batches of a run whose calls go into them. */
async function openBatch(
  { agents, code }: Pick<Job<never, RowResult, Tally & RowCounts>, "agents" | "code">,
  { batchFiles, batch, progress, environment }: CommandOptions,
  session: Pick<Session<never>, "budget" | "failures"> & {
    readonly directory: Pick<Session<never>["directory"], "path" | "calls">;
  },
  { gate, spending }: Pick<SessionParts & RunGate, "gate" | "spending">,
): Promise<BatchRun | undefined> {
  if (batchFiles === undefined && batch !== true) {
    await refuseOpenBatches(session.directory.path);
    return undefined;
  }
  const { directory, budget, failures } = session;
  const { openBatchRun } = await import("../batch/open-batch-run.ts");
  return openBatchRun({
    batchFiles,
    directory: directory.path,
    agents,
    hasCode: Object.keys(code).length > 0,
    journal: directory.calls,
    failures,
    budget,
    priceOf: spending.priceOf,
    gate,
    progress,
    environment,
  });
}

/** What workers of a queue spent is in the journal, and not in this process. */
async function budgetAtEnd(
  { agents }: Pick<Job<never, RowResult, Tally & RowCounts>, "agents">,
  { queue, budgetUsd }: CommandOptions,
  {
    budget,
    directory,
  }: Pick<Session<never>, "budget"> & {
    readonly directory: { readonly path: string };
  },
  { spending }: Pick<SessionParts, "spending">,
): Promise<Pick<Budget, "spent" | "leftUsd" | "reservedUsd">> {
  if (queue === undefined) return budget;
  const models = new Map(agents.map(({ name, model }) => [name, model]));
  const modelOf = (agent: string) => models.get(agent);
  const { spent } = await readSpending(directory.path, modelOf, spending.priceOf);
  const left = (budgetUsd ?? 0) - spent.usd - spent.unknownUsd;
  return { spent, leftUsd: budgetUsd === undefined ? null : Math.max(0, left), reservedUsd: 0 };
}

function endOf(
  { signals }: Pick<Session<never>, "signals">,
  gate: Gate,
  counts: RowCounts,
  batch: BatchRun | undefined,
): Pick<JobEnd<unknown>, "exitCode" | "stoppedBy" | "next"> {
  const isRefused = gate.halted !== null && gate.halted.outcome !== "interrupted";
  if (batch?.waiting != null && signals.exitCode === null && !isRefused) {
    return { exitCode: waits, stoppedBy: waitText(batch.waiting), next: nextText(batch) };
  }
  return {
    exitCode: signals.exitCode ?? exitCodeOf(gate, counts),
    stoppedBy: gate.halted?.detail ?? null,
  };
}

function roundedSpent({
  spent,
  leftUsd,
  reservedUsd,
}: Pick<Budget, "spent" | "leftUsd" | "reservedUsd">): JobEnd<unknown>["spent"] {
  return {
    usd: roundedUsd(spent.usd),
    unknownUsd: roundedUsd(spent.unknownUsd),
    unpriced: spent.unpriced,
    // Rounded down: another run may be given it, but for what a batch that is out may cost.
    leftUsd: leftUsd === null ? null : Math.floor(Math.max(0, leftUsd - reservedUsd) * 1e8) / 1e8,
  };
}

/** The run waits for answers to a wave's files: unfinished, and the same command goes on. */
const waits = 143;

/** Exit codes of contract section 1, for a run that came to its end or was stopped by its gate. */
function exitCodeOf(gate: Gate, { failed }: RowCounts): number {
  if (gate.halted?.outcome === "over_budget") return 4;
  if (gate.halted !== null) return 8;
  return failed > 0 ? 3 : 0;
}
