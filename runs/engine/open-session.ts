import type { Budget } from "../../models/cost/budget.ts";
import type { Spending } from "../../models/cost/open-spending.ts";
import type { Gate } from "../../models/gate/gate.ts";
import { isInProcess } from "../../models/providers/model-spec.ts";
import { createFailedCalls, type FailedCalls } from "../batch/failed-calls.ts";
import type { CommandOptions } from "../command-options.ts";
import { createAnsweringModels } from "../directory/answering-models.ts";
import { createPriorSpending } from "../directory/prior-spending.ts";
import { openRunDirectory, type RunDirectory } from "../directory/run-directory.ts";
import { noteSession } from "../directory/session-file.ts";
import { inputKeyOf, planOf } from "../directory/run-plan.ts";
import { createTakenSoFar, type TakenAnswers } from "../directory/taken-answers.ts";
import type { InspectedJob } from "../forecast/inspect-directory.ts";
import { inputIdentity } from "../directory/pin-input.ts";
import type { Progress } from "../progress/progress.ts";
import { openReuse, type Reuse } from "../reuse/reuse.ts";
import { runIdOf, type Tracing } from "../tracing/tracing.ts";
import { modelsOf } from "./job.ts";
import { listenForStop, type StopSignals } from "./stop-signals.ts";

/** All that a session of a run reads and writes. */
export type Session<Result> = {
  /** What the input is: see `inputIdentity`. */
  readonly inputIdentity: string;
  readonly directory: RunDirectory<Result>;
  readonly budget: Budget;
  readonly reuse: Reuse | undefined;
  readonly signals: StopSignals;
  /** The calls that failed in batches, by all sessions. */
  readonly failures: FailedCalls;
  /** Notes how many rows the run has, for those who look at it. */
  readonly noteRows: (rows: number) => Promise<void>;
  /** The answers taken from other runs by all sessions. */
  readonly taken: () => TakenAnswers[];
  /** Closes everything, in reverse order. */
  readonly close: () => Promise<void>;
};

export type SessionParts = {
  readonly gate: Gate;
  readonly spending: Spending;
  readonly tracing: Tracing;
};

/**
 * Opens the directory, the budget and the runs to reuse, and listens for signals.
 *
 * @throws FellowshipError as `openRunDirectory` and `openReuse` do; nothing is left open then
 */
export async function openSession<Result>(
  job: InspectedJob,
  options: CommandOptions,
  { gate, spending, tracing }: SessionParts,
): Promise<Session<Result>> {
  const { progress } = options;
  const closing: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const closeOne of closing.toReversed()) await closeOne();
  };
  try {
    const identity = await inputIdentity(options.input);
    const plan = planOf(job, identity, options);
    const reuse = await reuseFor(job, options, inputKeyOf(plan));
    closing.push(() => reuse?.close());
    const models = new Map(job.agents.map(({ name, model }) => [name, model]));
    const before = createPriorSpending((agent) => models.get(agent), spending.priceOf);
    const failures = createFailedCalls();
    const taken = createTakenSoFar((agent) => models.get(agent), spending.priceOf);
    const answers = createAnsweringModels(
      (agent) => models.get(agent),
      (model) => gate.answeredBefore(model),
    );
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
        answers.read(record);
        failures.read(record);
      },
      findElsewhere: reuse?.find.bind(reuse),
      findsNew:
        options.workers !== undefined || options.batch === true || options.batchFiles !== undefined,
      onDiskFull: (detail) => gate.halt({ outcome: "storage_failed", detail }),
    });
    closing.push(() => directory.close());
    const { commandLine, askedInput, input } = options;
    const noted = await noteSession(
      directory.path,
      commandLine === undefined ? null : { commandLine, input: askedInput ?? input },
    );
    closing.push(() => noted.close());
    const signals = drainOnSignals(gate, progress);
    closing.push(() => signals.release());
    const budget = spending.openBudget(before.total());
    closing.push(() => progress.end());
    return {
      inputIdentity: identity,
      directory,
      budget,
      reuse,
      signals,
      failures,
      noteRows: noted.noteRows,
      taken: () => taken.total(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function reuseFor(
  { agents }: InspectedJob,
  { reuse: directories = [], directory: ownDirectory }: CommandOptions,
  input: string,
): Promise<Reuse | undefined> {
  if (directories.length === 0) return undefined;
  return openReuse({ directories, ownDirectory, input, agents });
}

function drainOnSignals(gate: Gate, progress: Progress): StopSignals {
  return listenForStop({
    drain: (signal) => {
      progress.say(`${signal}: waiting for the calls under way; the same command goes on later`);
      gate.halt({ outcome: "interrupted", detail: `stopped by ${signal}` });
    },
    // The cost of the calls in flight stays unknown; the journal knows which calls those were.
    stopNow: () => process.exit(130),
  });
}
