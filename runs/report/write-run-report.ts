import { join } from "node:path";
import type { LineWatch, OutputFile } from "../../datasets/export/output-set.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import {
  openReport,
  writeReport,
  type ReportRows,
  type StartedRun,
} from "../../report-page/page/write-report.ts";
import { runWords } from "../../report-page/page/run-words.ts";
import { readRunRows } from "../../report-page/read/read-lines.ts";
import { readRun, type RunFiles } from "../../report-page/read/read-run.ts";
import { RunManifest } from "../../report-page/read/run-manifest.ts";
import { collectWrittenRows } from "../../report-page/read/written-rows.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import type { CommandOptions } from "../command-options.ts";
import { pricesOfRun } from "./prices-of-run.ts";
import { describeFiles } from "../directory/run-manifest.ts";

const reportName = "report.html";

export type RunReport = {
  /** The report's files, for the manifest. */
  readonly files: readonly OutputFile[];
  /** The results of the run, in sentences. */
  readonly results: readonly string[];
};

/** What a report of a run needs beside its files. */
type ReportSettings = Pick<CommandOptions, "directory" | "plots" | "askedOf" | "progress"> & {
  readonly priceOf: PriceOf;
};

/** The report of a run whose data files are being written. */
export type OpenRunReport = {
  /** Takes the lines of the data files, of which it makes its rows. */
  readonly watch: LineWatch;
  /** Reads the rows from the data files, where they were there before. */
  readonly readRows: () => Promise<void>;
  /**
   * Writes `report.html`, once all other files but `run.json` are there.
   *
   * @param manifest What `run.json` will say, as far as it is known.
   */
  readonly end: (manifest: unknown) => Promise<RunReport>;
  /** Takes away what was written of it. May be called at any time. */
  readonly abort: () => Promise<void>;
};

/**
 * Opens the report of a run beside its data files. The data of a run are worth more than its
 * report: if the report can't be made, the run says so and goes on.
 *
 * @throws FellowshipError `storage_failed` out of `end`
 */
export function openRunReport(
  { command, topology }: StartedRun["manifest"],
  options: ReportSettings,
): OpenRunReport {
  const { directory, plots, askedOf, priceOf } = options;
  const pricesOf = () => priceOf;
  const report = openReport(join(directory, reportName), { pricesOf, plots, askedOf });
  let problem: { readonly error: unknown } | undefined;
  let begun: Promise<ReportRows> | undefined;
  const rows = () => (begun ??= report.begin({ directory, manifest: { command, topology } }));
  const written = collectWrittenRows(async (row) => (await rows()).add(row));

  /** What is wrong with the report waits for its end: no data file is to suffer from it. */
  async function orKept(act: () => Promise<unknown> | undefined): Promise<void> {
    if (problem !== undefined) return;
    try {
      await act();
    } catch (error) {
      problem = { error };
      await report.abort();
    }
  }

  return {
    watch(file) {
      const listener = written.watch(file);
      return listener && ((line) => orKept(() => listener(line)));
    },
    readRows: () =>
      orKept(async () => {
        const { add } = await rows();
        for await (const row of readRunRows(directory)) await add(row);
      }),
    async end(manifest) {
      let results: readonly string[] = [];
      await orKept(written.end);
      const files = await orSaid(options, async () => {
        if (problem !== undefined) throw problem.error;
        const { counts } = await rows();
        const run = await readRun(directory, RunManifest.parse(manifest));
        results = runWords(run, counts).results;
        return describeFiles(directory, await report.end([run]));
      });
      await report.abort();
      return { files, results };
    },
    abort: report.abort,
  };
}

/**
 * Writes `report.html` of a run whose other files are there, apart from `run.json`; see
 * `openRunReport`.
 *
 * @throws FellowshipError `storage_failed`
 */
export async function writeRunReport(
  manifest: StartedRun["manifest"],
  options: ReportSettings,
): Promise<RunReport> {
  const report = openRunReport(manifest, options);
  await report.readRows();
  return report.end(manifest);
}

/**
 * Writes `report.html` of several runs side by side into the directory above them. As for one run,
 * what is wrong with a report alone is said and stops nothing.
 *
 * @throws FellowshipError `storage_failed`
 */
export async function writeSharedReport(
  directories: readonly string[],
  options: Pick<CommandOptions, "directory" | "plots" | "askedOf" | "progress" | "prices">,
): Promise<string[]> {
  const { directory, plots, askedOf, prices } = options;
  return orSaid(options, async () => {
    const runs: RunFiles[] = [];
    for (const one of directories) runs.push(await readRun(one));
    const pricesOf = pricesOfRun(prices);
    return writeReport(join(directory, reportName), runs, {
      pricesOf,
      plots,
      askedOf,
    });
  });
}

/** The files that `write` wrote; none, and a message, where no report could be made. */
async function orSaid<File>(
  { directory, progress }: Pick<CommandOptions, "directory" | "progress">,
  write: () => Promise<File[]>,
): Promise<File[]> {
  try {
    return await write();
  } catch (error) {
    if (isFellowshipError(error) && error.code === "storage_failed") throw error;
    const reason = error instanceof Error ? error.message : String(error);
    progress.say(`${join(directory, reportName)} could not be made: ${reason}`);
    return [];
  }
}

/** Whether a file is a part of a run's report. */
export function isReportFile({ name }: Pick<OutputFile, "name">): boolean {
  return name === reportName || name.startsWith("report-rows/");
}
