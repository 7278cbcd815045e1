import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { RowCounts } from "../../state/row-result.ts";
import {
  driftPValue,
  levelOfCheck,
  type JudgedThrice,
} from "../../statistics/drift/judge-drift.ts";
import type { CommandOptions } from "../command-options.ts";
import { moveAside } from "../directory/run-directory.ts";
import type { JobEnd } from "../engine/job.ts";
import type { Forecast } from "../forecast/forecast.ts";
import { evaluatorInside } from "./evaluator-inside.ts";
import { forecastGolden, judgeGolden, readVotes, type GoldenPass } from "./golden-pass.ts";
import {
  readSentinel,
  writeSentinel,
  type SentinelCheck,
  type SentinelState,
} from "./sentinel-file.ts";

/** Pairs that a golden set has at least. */
const leastPairs = 20;

export type SentinelOptions = {
  /** The golden pairs. */
  readonly golden: string;
  /** What becomes of the run where the judge is another: it ends, or goes on with it. */
  readonly onDrift: "stop" | "accept";
};

/** A command over many rows. */
export type WatchedCommand<Summary> = {
  readonly run: (topology: string, options: CommandOptions) => Promise<JobEnd<Summary>>;
  readonly forecast: (topology: string, options: CommandOptions) => Promise<Forecast>;
};

type Watch = SentinelOptions & {
  readonly directory: string;
  readonly pass: (name: string) => Promise<GoldenPass>;
  readonly options: CommandOptions;
};

/**
 * Runs a command whose judge is watched: golden pairs, which are no part of the run, are judged
 * twice before the first row, then in the middle, at the end, and whenever the run is resumed. A
 * judge that decides them otherwise, beyond what it contradicts itself anyway, is another one, and
 * the run ends, so that its labels don't mix.
 *
 * @throws FellowshipError `bad_usage` for a topology without an evaluator and golden pairs that are
 *   too few or have changed; `service_failed` where the judge drifted before a resumed run
 */
export async function runWithSentinel<Summary extends RowCounts>(
  { run, forecast }: WatchedCommand<Summary>,
  topology: string,
  given: CommandOptions & { readonly sentinel: SentinelOptions },
): Promise<JobEnd<Summary>> {
  const { sentinel, ...plain } = given;
  const evaluator = evaluatorInside(topology, plain);
  const all = { ...plain, fresh: false };
  if (plain.fresh) await moveAside(plain.directory, plain.input);
  // Every mistake is found before the golden pairs are judged.
  const { rows: left } = await forecast(topology, all);
  const total = await countRows(topology, all, forecast);
  const directory = join(plain.directory, "sentinel");
  const pass = (name: string) =>
    judgeGolden({ evaluator, golden: sentinel.golden, directory: join(directory, name) }, all);
  const watch = { ...sentinel, directory, pass, options: all };
  const before = await readSentinel(directory);
  if (left === 0 && (before === null || hasCheck(before, "end"))) return run(topology, all);
  let now =
    before === null
      ? await begin(watch)
      : await resume(before, { left, rows: total - left }, watch);
  const middle = Math.ceil(total / 2);
  if (!hasCheck(now, "middle") && middle < total && total - left < middle) {
    // A limit counts the rows of the whole input.
    const limit = middle * (all.shard?.of ?? 1);
    const end = await run(topology, { ...withBudget(all, now), limit });
    if (isStopped(end)) return end;
    now = await check(now, { name: "middle", rows: middle }, watch);
    if (hasStopped(now)) return stopped(end, now, watch);
  }
  const end = await run(topology, withBudget(all, now));
  if (isStopped(end)) return end;
  now = await check(now, { name: "end", rows: total }, watch);
  return hasStopped(now) ? stopped(end, now, watch) : end;
}

/**
 * What the sentinel adds to the forecast of a run: one for each time that the golden pairs are
 * still to be judged, unless the run is broken off in between.
 *
 * @throws FellowshipError `bad_usage` for a topology without an evaluator and for too few golden
 *   pairs; `bad_input` for a file without any
 */
export async function forecastSentinel(
  topology: string,
  { sentinel, ...options }: CommandOptions & { readonly sentinel: SentinelOptions },
): Promise<(readonly [name: string, forecast: Forecast])[]> {
  const { golden } = sentinel;
  const before =
    options.fresh || options.directory === ""
      ? null
      : await readSentinel(join(options.directory, "sentinel"));
  const once = await forecastGolden(
    { evaluator: evaluatorInside(topology, options), golden },
    options,
  );
  if (before === null && once.rows < leastPairs) throw tooFewPairs(golden, once.rows);
  const start = before === null ? ["first", "again"] : ["resume"];
  const later = ["middle", "end"].filter((name) => before === null || !hasCheck(before, name));
  return [...start, ...later].map((name) => [`golden pairs, ${name}`, once]);
}

function tooFewPairs(golden: string, pairs: number): FellowshipError {
  return new FellowshipError(
    "bad_usage",
    `--sentinel ${golden}: expected ${leastPairs} golden pairs or more that the judge gives a ` +
      `verdict on, got ${pairs}.`,
    { facts: { golden, pairs } },
  );
}

function hasCheck({ checks }: SentinelState, name: string): boolean {
  return checks.some((one) => one.name === name);
}

/** The judge as it is at the first row. */
async function begin({ directory, pass, golden, options }: Watch): Promise<SentinelState> {
  options.progress.say("sentinel: the golden pairs are judged twice before the first row", "news");
  const first = await pass("first");
  const again = await pass("again");
  const pairs = [...first.votes.keys()].filter((row) => again.votes.has(row)).length;
  if (pairs < leastPairs) throw tooFewPairs(golden, pairs);
  const state: SentinelState = {
    golden: await hashOf(golden),
    pairs,
    baseline: ["first", "again"],
    checks: [],
    usd: first.usd + again.usd,
  };
  await writeSentinel(directory, state);
  return state;
}

/** The check of a run that goes on, before its next row; none where only the last one is left. */
async function resume(
  before: SentinelState,
  { left, rows }: { readonly left: number; readonly rows: number },
  watch: Watch,
): Promise<SentinelState> {
  if (before.golden !== (await hashOf(watch.golden))) {
    throw new FellowshipError(
      "bad_usage",
      `--sentinel ${watch.golden}: the golden pairs differ from those that the run began ` +
        "with. Give the same file, or begin again with --fresh.",
      { facts: { golden: watch.golden } },
    );
  }
  if (left === 0) return before;
  const number = before.checks.filter(({ name }) => name.startsWith("resume-")).length + 1;
  const now = await check(before, { name: `resume-${number}`, rows }, watch);
  if (hasStopped(now)) {
    throw new FellowshipError("service_failed", driftText(now, watch), {
      facts: { ...now.checks.at(-1) },
    });
  }
  return now;
}

/** Judges the golden pairs once more, and compares. */
async function check(
  before: SentinelState,
  { name, rows }: Pick<SentinelCheck, "name" | "rows">,
  { pass, directory, onDrift, options }: Watch,
): Promise<SentinelState> {
  const [firstName, againName] = before.baseline;
  const first = await readVotes(join(directory, firstName));
  const again = await readVotes(join(directory, againName));
  const later = await pass(name);
  const p = driftPValue(judgedThrice(first, again, later.votes), `drift ${name}`);
  const sinceBaseline = before.checks.findLastIndex(({ accepted }) => accepted === true) + 1;
  const level = levelOfCheck(before.checks.length - sinceBaseline + 1);
  const drifted = p < level;
  const isAccepted = drifted && onDrift === "accept";
  const done = { name, rows, p, level, drifted, ...(isAccepted ? { accepted: true } : {}) };
  const words = drifted ? "ANOTHER JUDGE" : "the same judge";
  options.progress.say(`sentinel, ${name}: ${words} (p = ${p.toPrecision(2)})`, "news");
  const usd = before.usd + later.usd;
  const state = { ...before, usd, checks: [...before.checks, done] };
  const now = isAccepted ? await acceptedState(state, name, pass) : state;
  await writeSentinel(directory, now);
  return now;
}

/** From here on the judge is compared with what it is now. */
async function acceptedState(
  state: SentinelState,
  name: string,
  pass: Watch["pass"],
): Promise<SentinelState> {
  const again = await pass(`${name}-again`);
  return { ...state, usd: state.usd + again.usd, baseline: [name, `${name}-again`] };
}

function judgedThrice(
  first: GoldenPass["votes"],
  again: GoldenPass["votes"],
  later: GoldenPass["votes"],
): JudgedThrice[] {
  return [...first].flatMap(([row, votes]) => {
    const [second, third] = [again.get(row), later.get(row)];
    return second === undefined || third === undefined
      ? []
      : [{ first: votes, again: second, later: third }];
  });
}

/** Whether the last check ends the run. */
function hasStopped({ checks }: SentinelState): boolean {
  const last = checks.at(-1);
  return last?.drifted === true && last.accepted !== true;
}

function stopped<Summary>(
  end: JobEnd<Summary>,
  state: SentinelState,
  watch: Watch,
): JobEnd<Summary> {
  return { ...end, exitCode: 8, stoppedBy: driftText(state, watch) };
}

function driftText({ checks, pairs }: SentinelState, { golden }: Watch): string {
  const last = checks.at(-1);
  const since = checks.findLast(({ drifted }, index) => index < checks.length - 1 && !drifted);
  const from = (since?.rows ?? 0) + 1;
  const rows =
    last === undefined || last.rows < from
      ? ""
      : ` Rows ${from} to ${last.rows} may hold labels of both.`;
  return (
    `the judge decides the ${pairs} golden pairs of ${golden} otherwise than when the run ` +
    `began (check ${last?.name}, p = ${last?.p.toPrecision(2)}, level ` +
    `${last?.level.toPrecision(2)}).${rows} Run the same command again once the judge is what ` +
    "it was, with --on-drift accept to go on with the judge as it is now, or with --fresh to " +
    "judge all rows by it."
  );
}

function isStopped({ stoppedBy, exitCode }: JobEnd<unknown>): boolean {
  return stoppedBy !== null || (exitCode !== 0 && exitCode !== 3);
}

/** What is left of the budget after the golden pairs. */
function withBudget(options: CommandOptions, { usd }: SentinelState): CommandOptions {
  if (options.budgetUsd === undefined) return options;
  return { ...options, budgetUsd: Math.max(0, options.budgetUsd - usd) };
}

/** The rows of the input, finished ones too. */
async function countRows(
  topology: string,
  options: CommandOptions,
  forecast: WatchedCommand<unknown>["forecast"],
): Promise<number> {
  // Without a directory nothing is left out as finished.
  return (await forecast(topology, { ...options, directory: "" })).rows;
}

async function hashOf(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}
