import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { Spent } from "../../models/cost/budget.ts";
import type { RunWords } from "../../report-page/page/run-words.ts";
import { readRun, type RunFiles } from "../../report-page/read/read-run.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { isRemoteAddress } from "../../state/files/remote-address.ts";
import { findLockHolder } from "../../storage/directory-lock.ts";
import { pricedAgentsOf } from "../../topologies/priced-agents-of.ts";
import { waitedFor, type WaitedFor } from "../batch/waited-for.ts";
import type { FailureReason } from "../directory/failure-reasons.ts";
import { labelCommand } from "../cascade/person-decides.ts";
import { readSpending } from "../directory/journal-spending.ts";
import { fileSha256 } from "../directory/run-manifest.ts";
import { readRunPlan, type RunPlan } from "../directory/run-plan.ts";
import { readSession } from "../directory/session-file.ts";
import { pricesAt } from "../report/prices-of-run.ts";
import { readRunWords } from "../report/run-results.ts";
import { readRowCounts } from "./row-counts.ts";
import { stagesIn, type StagedRun } from "./stages-in.ts";

/** The state of a run, from its directory alone. */
export type RunState = {
  readonly directory: string;
  readonly command: string;
  readonly graph: string | null;
  /** `ended`: its files are written, though rows may be left; `interrupted`: they are not. */
  readonly phase: "running" | "ended" | "interrupted";
  readonly holder: { readonly pid: number; readonly host: string } | null;
  /** The wave of batches that was written and not read yet; null where there is none. */
  readonly openWave: WaitedFor | null;
  /** `pending` is null where the input has not been counted. */
  readonly rows: {
    readonly done: number;
    readonly failed: number;
    readonly pending: number | null;
  };
  readonly failures: readonly FailureReason[];
  /** Directories of the stages of a study or a measurement; empty for a run of its own. */
  readonly stages: readonly string[];
  /** How far each of the stages is. */
  readonly stageStates: readonly Pick<RunState, "directory" | "phase" | "rows">[];
  readonly hasReport: boolean;
  /** Failed rows that could not be used, and so fail again. */
  readonly unusable: number;
  readonly calls: number;
  readonly spent: Spent;
  /** The results in words; null before the run has ended. */
  readonly words: RunWords | null;
  /** The rows that wait for a person, with the command that asks one; null where none waits. */
  readonly waiting: { readonly rows: number; readonly command: string } | null;
  /** Whether something is left to go on with. */
  readonly goesOn: boolean;
  /** Why the same command can't go on; null where it can, or where nothing is left. */
  readonly obstacle: string | null;
  /** The command that goes on; null where it isn't known. */
  readonly commandLine: string | null;
};

/**
 * Reads the state of a run that goes on, has ended or was interrupted. Takes no lock and changes
 * nothing.
 *
 * @throws FellowshipError `bad_usage` where the directory holds no run; `journal_damaged`
 */
export async function readRunState(directory: string, prices?: string): Promise<RunState> {
  const run = existsSync(join(directory, "run.json")) ? await readRun(directory) : null;
  const underWay = await stagesIn(directory);
  const stages = await readStages(underWay?.stages ?? stagesOf(directory, run), prices);
  if (stages.length > 0) {
    const state = await stagedState(directory, run, stages);
    return underWay === null ? state : { ...state, ...stagesUnderWay(underWay, stages) };
  }
  const plan = await readRunPlan(directory);
  const holder = await findLockHolder(directory);
  const session = await readSession(directory);
  const { failures, unusable, ...counts } = await readRowCounts(directory);
  const manifest = run?.manifest;
  const left = manifest === undefined ? null : manifest.rows - counts.done - counts.failed;
  const counted = holder !== null || left === null ? session?.rows : undefined;
  const uncounted = holder === null ? left : null;
  const pending =
    counted === undefined ? uncounted : Math.max(0, counted - counts.done - counts.failed);
  const { spent, calls } = await spendingOf(directory, plan, prices);
  const goesOn = pending === null || pending > 0 || counts.failed > unusable;
  const input = manifest?.input?.path ?? session?.input;
  return {
    directory,
    command: plan?.command ?? manifest?.command ?? "",
    graph:
      (plan?.topology as { graph?: string } | undefined)?.graph ??
      manifest?.topology?.graph ??
      null,
    phase: holder !== null ? "running" : run === null ? "interrupted" : "ended",
    holder,
    openWave: await waitedFor(directory),
    rows: { ...counts, pending },
    failures,
    stages: [],
    stageStates: [],
    hasReport: existsSync(join(directory, "report.html")),
    unusable,
    calls: plan === undefined ? (manifest?.calls ?? 0) : calls,
    spent: plan === undefined ? spentOf(run) : spent,
    words: run === null ? null : await readRunWords(run),
    waiting: waitingIn(directory, run),
    goesOn,
    obstacle: goesOn && holder === null ? await obstacleTo(directory, plan, input) : null,
    commandLine: session?.commandLine ?? manifest?.commandLine ?? null,
  };
}

/** The stages that the manifest of a study or a measurement names. */
function stagesOf(directory: string, run: RunFiles | null): string[] {
  return (run?.manifest.stages ?? []).map((stage) => join(directory, stage));
}

/** The states of the stages of a study or a measurement, which are runs of their own. */
async function readStages(
  paths: readonly string[],
  prices: string | undefined,
): Promise<RunState[]> {
  const states: RunState[] = [];
  for (const path of paths.filter((one) => existsSync(join(one, "journal.rows")))) {
    states.push(await readRunState(path, prices));
  }
  return states;
}

/** The state of a study or a measurement that has ended: the sums over its stages. */
async function stagedState(
  directory: string,
  run: RunFiles | null,
  stages: readonly RunState[],
): Promise<RunState> {
  const sum = (figure: (stage: RunState) => number) =>
    stages.reduce((total, stage) => total + figure(stage), 0);
  const pending = run?.manifest.pending ?? null;
  const unusable = sum((stage) => stage.unusable);
  const failed = sum(({ rows }) => rows.failed);
  return {
    directory,
    command: run?.manifest.command ?? "",
    graph: null,
    phase: "ended",
    holder: null,
    openWave: null,
    rows: { done: sum(({ rows }) => rows.done), failed, pending },
    failures: stages.flatMap((stage) =>
      stage.failures.map((one) => ({ ...one, detail: `${stage.directory}: ${one.detail}` })),
    ),
    stages: stages.map((stage) => stage.directory),
    stageStates: stages.map(({ directory: stage, phase, rows }) => ({
      directory: stage,
      phase,
      rows,
    })),
    hasReport: existsSync(join(directory, "report.html")),
    unusable,
    calls: sum(({ calls }) => calls),
    spent: {
      usd: sum(({ spent }) => spent.usd),
      unknownUsd: sum(({ spent }) => spent.unknownUsd),
      unpriced: sum(({ spent }) => spent.unpriced),
    },
    words: run === null ? null : await readRunWords(run),
    waiting: null,
    goesOn: failed > unusable || (pending ?? 0) > 0,
    obstacle: null,
    commandLine: run?.manifest.commandLine ?? null,
  };
}

/**
 * What is different before a study or a measurement has ended: how many rows its later stages have
 * isn't known. Each stage was started by the command line of the whole.
 */
function stagesUnderWay(
  { command }: StagedRun,
  stages: readonly RunState[],
): Pick<RunState, "command" | "phase" | "holder" | "rows" | "goesOn" | "commandLine"> {
  const [running] = stages.filter(({ phase }) => phase === "running");
  const sum = (part: "done" | "failed") =>
    stages.reduce((total, { rows }) => total + rows[part], 0);
  const lines = stages.flatMap(({ commandLine }) => (commandLine === null ? [] : [commandLine]));
  return {
    command,
    phase: running === undefined ? "interrupted" : "running",
    holder: running?.holder ?? null,
    rows: { done: sum("done"), failed: sum("failed"), pending: null },
    goesOn: true,
    commandLine: lines.at(-1) ?? null,
  };
}

const WaitingRows = z.object({
  person: z.object({ waiting: z.int().positive(), labels: z.string() }),
});

function waitingIn(directory: string, run: RunFiles | null): RunState["waiting"] {
  const read = WaitingRows.safeParse(run?.summary);
  if (!read.success) return null;
  const { waiting: rows, ...figures } = read.data.person;
  return { rows, command: labelCommand(directory, figures) };
}

function spentOf(run: RunFiles | null): Spent {
  const { usd = 0, unknownUsd = 0, unpriced = 0 } = run?.manifest.spent ?? {};
  return { usd, unknownUsd, unpriced };
}

/** The money of all sessions, from the journal of the calls. */
async function spendingOf(
  directory: string,
  plan: RunPlan | undefined,
  prices: string | undefined,
): Promise<{ spent: Spent; calls: number }> {
  const agents = plan === undefined ? [] : pricedAgentsOf(plan.topology as never);
  const priceOf = await pricesAt(directory, prices);
  const models = new Map(
    agents.map((agent) => [agent.name, (agent as { readonly model?: string }).model]),
  );
  const { spent, answers } = await readSpending(directory, (agent) => models.get(agent), priceOf);
  return { spent, calls: answers };
}

async function obstacleTo(
  directory: string,
  plan: RunPlan | undefined,
  input: string | undefined,
): Promise<string | null> {
  if (plan === undefined) return "journal.plan is not there, or can't be read";
  if (input === undefined || isRemoteAddress(input) || plan.command === "compare") return null;
  try {
    const isSame = (await fileSha256(input)) === plan.input;
    return isSame ? null : `${input} is not the file that the run began with`;
  } catch (error) {
    if (!isFellowshipError(error)) throw error;
    return (
      `the input ${input} is not here (${directory} was begun elsewhere, or the file was ` +
      "moved)"
    );
  }
}
