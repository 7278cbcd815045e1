import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { OutputFile } from "../../datasets/export/output-set.ts";
import type { RowResult } from "../../state/row-result.ts";
import type { CommandOptions } from "../command-options.ts";
import type { TakenAnswers } from "../directory/taken-answers.ts";
import type { RunDirectory } from "../directory/run-directory.ts";
import type { Job, JobEnd } from "./job.ts";
import { dependsOnOtherFiles } from "./depends-on-other-files.ts";
import { journalFiles, textFile } from "../directory/run-manifest.ts";
import { codeOf } from "../directory/run-plan.ts";
import { standingOutputs } from "../directory/standing-outputs.ts";
import { packageVersion } from "../../state/package-root.ts";
import type { RowCounts } from "../../state/row-result.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { inputFacts } from "../directory/pin-input.ts";
import { droppedName } from "../gates/gated-exports.ts";
import { isGated } from "../gates/sift.ts";
import { endedRows } from "./ended-rows.ts";
import { startWriting, type RunWriting } from "./run-writing.ts";
import { storageFailed } from "../../storage/storage-failed.ts";
import type { Tally } from "../accounting/tally.ts";
import type { Spent } from "../../models/cost/budget.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import { readRun } from "../../report-page/read/read-run.ts";
import { readRunWords } from "../report/run-results.ts";

/** The result of a run, for its files. */
export type EndedRun<Result, Summary> = {
  readonly directory: RunDirectory<Result>;
  readonly counts: RowCounts;
  readonly inputIdentity: string;
  /** Of this session. */
  readonly seconds: number;
  readonly spent: JobEnd<unknown>["spent"];
  readonly reused: readonly TakenAnswers[];
  readonly priceOf: PriceOf;
  /** Ends the writing that was begun while the rows finished; null where none was. */
  readonly begun?: ((counts: RowCounts) => RunWriting<Summary> | null) | undefined;
  /** The shards that the run was merged of. */
  readonly shards?: readonly MergedShard[];
};

/** A shard of a merged run, as the manifest names it. */
export type MergedShard = {
  /** As `--shard` took it. */
  readonly shard: string;
  /** The name of its directory. */
  readonly directory: string;
  readonly rows: number;
  readonly failed: number;
  readonly seconds: number;
  readonly spent: Spent;
  /** SHA-256 of its journals. */
  readonly journals: Readonly<Record<string, string>>;
  /** SHA-256 of the labels that people gave to its rows, by file. */
  readonly labels?: Readonly<Record<string, string>>;
};

/**
 * Writes the data files from the finished rows, then the summary, the card and the report, and the
 * manifest last. Files that are there already, of the same rows, are not written again.
 *
 * @throws FellowshipError `storage_failed`
 */
export async function writeRunFiles<
  Input,
  Result extends RowResult,
  Summary extends Tally & RowCounts,
>(
  job: Job<Input, Result, Summary>,
  options: CommandOptions,
  ended: EndedRun<Result, Summary>,
): Promise<{ summary: Summary; files: OutputFile[]; results: readonly string[] }> {
  const { directory, counts, inputIdentity, begun } = ended;
  const standing = dependsOnOtherFiles(job, options.gates)
    ? null
    : await standingOutputs(directory.path, counts, options.gates);
  if (standing !== null) {
    const { files, manifest } = standing;
    const results = manifest.results ?? (await readRunWords(await readRun(directory.path))).results;
    // Written by this very job: the plan and the version are the same.
    return { files, results, summary: standing.summary as Summary };
  }
  // An earlier session's would describe other files, if this one were killed among them.
  const manifestPath = join(directory.path, "run.json");
  await rm(manifestPath, { force: true }).catch((cause: unknown) => {
    throw storageFailed("take away", manifestPath, cause);
  });
  const { written, report } = begun?.(counts) ?? (await writingOf(job, options, ended));
  const { summary, files } = await written;
  if (!files.some(({ name }) => name === droppedName)) {
    await rm(join(directory.path, droppedName), { force: true }).catch((cause: unknown) => {
      throw storageFailed("take away", join(directory.path, droppedName), cause);
    });
  }
  const texts = [["summary.json", json(summary)]];
  if (job.card !== undefined) {
    texts.push(["README.md", await job.card({ summary, files, inputIdentity })]);
  }
  const all = [...files];
  for (const [name = "", text = ""] of texts) {
    await replaceFile(join(directory.path, name), text);
    all.push(textFile(name, text));
  }
  const manifestWith = (described: readonly OutputFile[]) =>
    manifestOf(job, options, { ...ended, summary, files: described });
  const { files: reportFiles, results } = await report.end(manifestWith(all));
  const journals = await journalFiles(directory.path);
  await directory.assertInPlace();
  await replaceFile(
    manifestPath,
    json({ ...manifestWith([...all, ...reportFiles, ...journals]), results }),
  );
  const page = reportFiles.filter(({ name }) => name === "report.html");
  return { summary, files: [...all, ...page], results };
}

/** Begins to write the files of a run in which no more rows finish. */
async function writingOf<Input, Result extends RowResult, Summary extends Tally & RowCounts>(
  job: Job<Input, Result, Summary>,
  options: CommandOptions,
  {
    directory,
    counts,
    priceOf,
  }: Pick<EndedRun<Result, Summary>, "directory" | "counts" | "priceOf">,
): Promise<RunWriting<Summary>> {
  const rows = await endedRows(job, directory.rows, { counts, shard: options.shard });
  return startWriting(job, options, { directory: directory.path, rows, priceOf });
}

function manifestOf<Input, Result extends RowResult, Summary extends Tally & RowCounts>(
  job: Job<Input, Result, Summary>,
  { input, askedInput, reading, shard, limit, gates, commandLine }: CommandOptions,
  ended: EndedRun<Result, Summary> & {
    readonly summary: Summary;
    readonly files: readonly OutputFile[];
  },
) {
  const { counts, inputIdentity, seconds, spent, reused, shards, summary, files } = ended;
  return {
    fellowship: packageVersion(),
    command: job.command,
    ...(commandLine === undefined ? {} : { commandLine }),
    topology: job.topology,
    agents: job.agents,
    prompts: job.prompts,
    ...codeOf(job),
    input: {
      ...inputFacts({ input: job.inputPath ?? input, askedInput }, inputIdentity),
      reading,
    },
    ...(shard === undefined ? {} : { shard }),
    // A smaller one did not take away rows that an earlier session had finished.
    ...(limit === undefined ? {} : { limit: Math.max(limit, counts.rows) }),
    ...(isGated(gates) ? { gates } : {}),
    rows: counts.rows,
    done: counts.done,
    failed: counts.failed,
    pending: counts.pending,
    calls: summary.calls,
    tokens: summary.tokens,
    cost: summary.cost,
    spent: { usd: spent.usd, unknownUsd: spent.unknownUsd, unpriced: spent.unpriced },
    ...(reused.length === 0 ? {} : { reused }),
    ...(shards === undefined ? {} : { shards }),
    seconds: Math.round(seconds * 10) / 10,
    versions: { node: process.version },
    files,
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
