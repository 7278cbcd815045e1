import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { OutputFile } from "../../datasets/export/output-set.ts";
import { sumUsd } from "../../models/cost/budget.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import { providerOf } from "../../models/providers/model-spec.ts";
import { createGate } from "../../models/gate/gate.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { RowCounts, RowResult } from "../../state/row-result.ts";
import { waitsForPeople, type PersonFigures } from "../cascade/person-decides.ts";
import { roundedUsd, type Tally } from "../accounting/tally.ts";
import type { CommandOptions } from "../command-options.ts";
import { openRunDirectory, type RunDirectory } from "../directory/run-directory.ts";
import { readRun } from "../../report-page/read/read-run.ts";
import { isJournal } from "../directory/run-manifest.ts";
import { readRunWords } from "../report/run-results.ts";
import { readFailureReasons } from "../directory/failure-reasons.ts";
import type { RowJournalRecord } from "../directory/row-journal.ts";
import type { TakenAnswers } from "../directory/taken-answers.ts";
import type { JobEnd } from "../engine/job.ts";
import { writeRunFiles, type MergedShard } from "../engine/write-run-files.ts";
import { readRecords } from "../journal/read-records.ts";
import { pricesIn } from "../report/prices-of-run.ts";
import { openRecordedJob, type RecordedJob } from "../replay/recorded-job.ts";
import { isRemoteAddress } from "../../state/files/remote-address.ts";
import { shardText } from "../shards/shard.ts";
import type { FinishedShard } from "./finished-shard.ts";
import { mergePeople } from "./merge-people.ts";
import { wholePlan } from "./whole-set.ts";

export type MergeSettings = Pick<
  CommandOptions,
  "progress" | "environment" | "plots" | "prices"
> & {
  /** Whether code of the user's own, which the shards ran, may run. */
  readonly allowCode: boolean;
};

/** How a merge ended: as the one run would have. */
export type MergedEnd = JobEnd<Tally & RowCounts> & { readonly command: string };

/**
 * Makes one run of its shards: their journals one after the other, and the files from all rows. No
 * model is asked.
 *
 * @param shards As `wholeSet` puts them.
 * @param directory Holds nothing yet.
 * @param commandLine The command that goes on with the merged run.
 * @throws FellowshipError `bad_usage` as `openRecordedJob` does; `storage_failed`
 */
export async function mergeRun(
  shards: readonly FinishedShard[],
  { directory, commandLine }: { readonly directory: string; readonly commandLine?: string },
  settings: MergeSettings,
): Promise<MergedEnd> {
  const [first] = shards;
  if (first === undefined) throw new Error("a run of no shards");
  const priceOf = pricesOf(first, settings);
  const job = await openJob(first, settings, priceOf);
  const plan = wholePlan(first);
  // What a power loss takes is still in the shards.
  const merged = await openRunDirectory<RowResult>(directory, plan, { inProcess: true });
  try {
    const counts = await copyRows(shards, merged);
    await mergePeople(
      shards.map((shard) => shard.directory),
      directory,
    );
    const figures = figuresOf(shards);
    const options = optionsOf(first, { ...settings, directory, commandLine });
    const { summary, files, results } = await writeRunFiles(job, options, {
      ...figures,
      directory: merged,
      counts,
      inputIdentity: plan.input,
      priceOf,
      shards: shards.map(described),
    });
    const failures = await readFailureReasons(directory);
    const exitCode = exitCodeOf(summary);
    const { command } = plan;
    const stoppedBy = null;
    return { command, exitCode, stoppedBy, summary, files, results, failures, ...figures };
  } finally {
    await merged.close();
  }
}

/** How a merge of these very shards ended; null where the directory holds no such merge. */
export async function readMerged(
  directory: string,
  shards: readonly FinishedShard[],
): Promise<MergedEnd | null> {
  const [first] = shards;
  try {
    const manifest = JSON.parse(await readFile(join(directory, "run.json"), "utf8")) as {
      readonly shards?: unknown;
      readonly files: readonly OutputFile[];
    };
    if (first === undefined || !isDeepStrictEqual(manifest.shards, shards.map(described))) {
      return null;
    }
    const text = await readFile(join(directory, "summary.json"), "utf8");
    const summary = JSON.parse(text) as Tally & RowCounts;
    const failures = await readFailureReasons(directory);
    const files = manifest.files.filter((file) => !isJournal(file));
    const exitCode = exitCodeOf(summary);
    const { command } = first.plan;
    const { results } = await readRunWords(await readRun(directory));
    const figures = figuresOf(shards);
    const stoppedBy = null;
    return { command, exitCode, stoppedBy, summary, files, results, failures, ...figures };
  } catch {
    return null; // what can't be read is no merge
  }
}

/** Rows that failed, or wait for people, are not done. */
function exitCodeOf(summary: RowCounts & { readonly person?: PersonFigures }): number {
  return summary.failed > 0 || waitsForPeople(summary) ? 3 : 0;
}

/** As the shards had them: models on their own machine were free wherever they are merged. */
function pricesOf({ plan, manifest }: FinishedShard, settings: MergeSettings): PriceOf {
  const servers = Object.entries(plan.servers ?? {}).flatMap(([spec, address]) => {
    const provider = providerOf(spec);
    const isLocal = provider !== undefined && "keyOptional" in provider;
    return isLocal ? [[provider.baseUrlVariable, address] as const] : [];
  });
  const environment = { ...settings.environment, ...Object.fromEntries(servers) };
  return pricesIn(manifest.topology, { prices: settings.prices, environment });
}

async function openJob(
  { directory, plan, manifest }: FinishedShard,
  { allowCode, progress }: MergeSettings,
  priceOf: PriceOf,
): Promise<RecordedJob> {
  const isJson = manifest.files.some(({ name }) => name === "evolved.json");
  const { topology } = manifest;
  const job = await openRecordedJob(
    { ...plan, topology },
    {
      place: directory,
      gate: createGate(),
      allowCode,
      onCode: (notice) => progress.say(notice, "code"),
      writing: {
        priceOf,
        gates: manifest.gates,
        evolvedName: isJson ? "evolved.json" : "evolved.jsonl",
      },
    },
  );
  const changed = Object.entries({ ...plan.prompts, ...plan.code }).find(
    ([name, hash]) => (job.prompts[name] ?? job.code[name]) !== hash,
  );
  if (changed === undefined) return job;
  throw new FellowshipError(
    "bad_usage",
    `${changed[0]} is another text by now than when ${directory} was made. Put it back as ` +
      "it was, then merge.",
    { facts: { file: changed[0] } },
  );
}

/** Copies all records, and counts the rows. */
async function copyRows(
  shards: readonly FinishedShard[],
  merged: RunDirectory<RowResult>,
): Promise<RowCounts> {
  const counts: RowCounts = { rows: 0, done: 0, failed: 0, pending: 0 };
  for (const { directory, manifest } of shards) {
    await copy(join(directory, "journal.calls"), (record) => merged.calls.journal.append(record));
    await copy(join(directory, "journal.rows"), (record) =>
      merged.rows.finish(record as RowJournalRecord<RowResult>),
    );
    counts.rows += manifest.rows;
    counts.failed += manifest.failed;
  }
  counts.done = counts.rows - counts.failed;
  return counts;
}

/** Records whose writing is awaited together. */
const together = 256;

async function copy(path: string, append: (record: unknown) => Promise<unknown>): Promise<void> {
  let writing: Promise<unknown>[] = [];
  for await (const record of readRecords(path)) {
    writing.push(append(record));
    if (writing.length < together) continue;
    await Promise.all(writing);
    writing = [];
  }
  await Promise.all(writing);
}

function optionsOf(
  { plan, manifest }: FinishedShard,
  given: Omit<MergeSettings, "allowCode"> & {
    readonly directory: string;
    readonly commandLine: string | undefined;
  },
): CommandOptions {
  const input = isRemoteAddress(plan.input) ? plan.input : manifest.input.path;
  const { reading, askedInput } = plan;
  const { limit, gates } = manifest;
  return {
    ...given,
    input,
    askedInput,
    reading,
    limit,
    gates,
    models: [],
    sets: [],
    concurrency: 1,
    fresh: false,
    salvage: false,
  };
}

export function described({ shard, directory, manifest, labels }: FinishedShard): MergedShard {
  const { rows, failed, seconds, spent, files } = manifest;
  const journals = files.filter(isJournal).map(({ name, sha256 }) => [name, sha256] as const);
  return {
    shard: shardText(shard),
    directory: basename(directory),
    rows,
    failed,
    seconds,
    spent,
    journals: Object.fromEntries(journals),
    ...(labels === undefined ? {} : { labels }),
  };
}

/** What the shards took and cost together. */
function figuresOf(shards: readonly FinishedShard[]) {
  const manifests = shards.map(({ manifest }) => manifest);
  const sum = (of: (manifest: FinishedShard["manifest"]) => number) =>
    manifests.reduce((total, manifest) => total + of(manifest), 0);
  return {
    seconds: sum(({ seconds }) => seconds),
    spent: {
      usd: sumUsd(manifests.map(({ spent }) => spent.usd)),
      unknownUsd: sumUsd(manifests.map(({ spent }) => spent.unknownUsd)),
      unpriced: sum(({ spent }) => spent.unpriced),
      leftUsd: null,
    },
    reused: takenTogether(manifests.flatMap(({ reused = [] }) => reused)),
  };
}

/** Adds up what the shards took of the same runs. */
function takenTogether(all: readonly TakenAnswers[]): TakenAnswers[] {
  const runs = new Map<string, TakenAnswers>();
  for (const one of all) {
    const key = JSON.stringify([one.directory, one.plan]);
    const known = runs.get(key);
    runs.set(key, known === undefined ? one : sumOf(known, one));
  }
  return [...runs].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, run]) => run);
}

function sumOf(one: TakenAnswers, other: TakenAnswers): TakenAnswers {
  const { tokens, cost } = one;
  return {
    ...one,
    answers: one.answers + other.answers,
    tokens: {
      in: tokens.in + other.tokens.in,
      out: tokens.out + other.tokens.out,
      unknown: tokens.unknown + other.tokens.unknown,
    },
    cost: {
      usd: roundedUsd(cost.usd + other.cost.usd),
      unknown: cost.unknown + other.cost.unknown,
    },
  };
}
