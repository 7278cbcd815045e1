import { createReadStream, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { toJsonLine } from "../../datasets/write/jsonl-writer.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { packageVersion } from "../../state/package-root.ts";
import type { RowResult } from "../../state/row-result.ts";
import type { RowJournalRecord } from "../directory/row-journal.ts";
import { readRunPlan, type RunPlan } from "../directory/run-plan.ts";
import { settled } from "../engine/run-rows.ts";
import { sharedCallsOf } from "../engine/shared-calls.ts";
import { openRowJournalReader, type RowJournalReader } from "../look/row-journal-reader.ts";
import { createReplayGate, readRowAnswers, type ReplayedCall } from "./recorded-calls.ts";
import { openRecordedJob, type RecordedJob } from "./recorded-job.ts";

export type ReplayOptions = {
  /** The row's place in the input, from 1. */
  readonly row: number;
  readonly allowCode: boolean;
  readonly onCode: (notice: string) => void;
};

/** A row that went through its graph again. */
export type Replay = {
  readonly id: string;
  /** In the order in which they were asked. */
  readonly calls: readonly ReplayedCall[];
  /** The file that holds the row's line, or will hold it. */
  readonly file: "rows.jsonl" | "failed.jsonl";
  readonly isSame: boolean;
  /** The line of the run and that of the replay; null where the row didn't come to its end. */
  readonly recorded: string;
  readonly replayed: string | null;
  /** What is not as it was in the run, in sentences; may explain a difference. */
  readonly changes: readonly string[];
};

/**
 * Takes a row of a run through its graph again, with the answers in the run's journal. Nothing is
 * sent and nothing is written; no key is needed.
 *
 * @throws FellowshipError `bad_usage` where there is no such row, it could not be used, or its run
 *   can't be built again; `journal_damaged`
 */
export async function replayRow(directory: string, options: ReplayOptions): Promise<Replay> {
  const rows = await openRowJournalReader<RowResult>(directory);
  try {
    const plan = await readRunPlan(directory);
    if (plan === undefined) throw noPlan(directory);
    const record = await recordOf(directory, rows, options.row);
    return await replayRecord(directory, { plan, rows, record }, options);
  } finally {
    await rows.close();
  }
}

type Recorded = {
  readonly plan: RunPlan;
  readonly rows: RowJournalReader<RowResult>;
  readonly record: RowJournalRecord<RowResult>;
};

async function replayRecord(
  directory: string,
  { plan, rows, record }: Recorded,
  { allowCode, onCode }: ReplayOptions,
): Promise<Replay> {
  const { row, result } = record;
  const calls: ReplayedCall[] = [];
  const answers = await readRowAnswers(directory, row);
  const gate = createReplayGate(answers, result.transcript, (call) => void calls.push(call));
  const job = await openRecordedJob(plan, { place: directory, gate, allowCode, onCode });
  await job.waves?.begin(row, rows);
  const read = job.toRow({ number: row, place: `row ${row}`, value: result.input });
  if (!read.ok) throw unusable(directory, row, read.detail);
  const again = await settled(() => job.work({ number: row, id: result.id }, read.row));
  const revise = (await job.revision?.(rows, rows.lastRow)) ?? ((one: RowResult) => one);
  const marked = await sharedCallsOf(rows, record);
  const replayed = again === "pending" ? null : lineOf(job, row, revise(marked(again)));
  const own = lineOf(job, row, revise(marked(result)));
  const file = result.failure === undefined ? "rows.jsonl" : "failed.jsonl";
  const recorded = (await lineIn(join(directory, file), row)) ?? own;
  return {
    id: result.id,
    calls,
    file,
    isSame: recorded === replayed,
    recorded,
    replayed,
    changes: await changesSince(directory, plan, job),
  };
}

function lineOf(job: RecordedJob, row: number, result: RowResult): string {
  const { id, failure } = result;
  return toJsonLine(failure === undefined ? job.rowLine(row, result) : { id, row, ...failure });
}

async function recordOf(
  directory: string,
  rows: RowJournalReader<RowResult>,
  row: number,
): Promise<RowJournalRecord<RowResult>> {
  for await (const record of rows.inOrder(row, row)) {
    if (record.status !== "unusable") return record;
    throw unusable(directory, row, record.result.failure?.detail ?? "");
  }
  throw new FellowshipError(
    "bad_usage",
    `${directory}: expected row ${row}, found ` +
      `${rows.lastRow === 0 ? "no finished row" : `rows up to ${rows.lastRow}`}.`,
    { facts: { directory, row } },
  );
}

/** The very bytes of a row's line, its line feed included; null where the file lacks it. */
async function lineIn(path: string, row: number): Promise<string | null> {
  if (!existsSync(path)) return null;
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  const mark = `"row":${row},`;
  try {
    for await (const line of lines) {
      if (line.includes(mark) && (JSON.parse(line) as { row: number }).row === row) {
        return `${line}\n`;
      }
    }
    return null;
  } finally {
    lines.close();
  }
}

async function changesSince(
  directory: string,
  plan: RunPlan,
  { prompts, code }: RecordedJob,
): Promise<string[]> {
  const version = await versionOf(directory);
  const changed = (
    kind: string,
    before: Readonly<Record<string, string>>,
    now: Readonly<Record<string, string>>,
  ) =>
    Object.keys(before)
      .filter((name) => before[name] !== now[name])
      .map((name) => `The ${kind} ${name} is another than in the run.`);
  return [
    ...changed("prompt", plan.prompts, prompts),
    ...changed("code", plan.code ?? {}, code),
    ...(version === null || version === packageVersion()
      ? []
      : [`The run was made by version ${version} of Fellowship; this is ${packageVersion()}.`]),
  ];
}

async function versionOf(directory: string): Promise<string | null> {
  try {
    const text = await readFile(join(directory, "run.json"), "utf8");
    const { fellowship } = JSON.parse(text) as { fellowship?: unknown };
    return typeof fellowship === "string" ? fellowship : null;
  } catch {
    return null; // a run that goes on
  }
}

function unusable(directory: string, row: number, detail: string): FellowshipError {
  return new FellowshipError(
    "bad_usage",
    `${directory}: row ${row} could not be used, so no model was asked and there is nothing ` +
      `to replay: ${detail}`,
    { facts: { directory, row } },
  );
}

function noPlan(directory: string): FellowshipError {
  return new FellowshipError(
    "bad_usage",
    `${directory}: expected journal.plan, which holds the topology of the run, found none ` +
      "that can be read.",
    { facts: { directory } },
  );
}
