import { join } from "node:path";
import type { OutputFile } from "../../datasets/export/output-set.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import { writeReport } from "../../report-page/page/write-report.ts";
import { runWords } from "../../report-page/page/run-words.ts";
import { readRun, type RunFiles } from "../../report-page/read/read-run.ts";
import { RunManifest } from "../../report-page/read/run-manifest.ts";
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

/**
 * Writes `report.html` of a run whose other files are there, apart from `run.json`. The data of a
 * run are worth more than its report: if the report can't be made, the run says so and goes on.
 *
 * @param manifest What `run.json` will say, as far as it is known.
 * @throws FellowshipError `storage_failed`
 */
export async function writeRunReport(
  manifest: unknown,
  options: Pick<CommandOptions, "directory" | "plots" | "askedOf" | "progress"> & {
    readonly priceOf: PriceOf;
  },
): Promise<RunReport> {
  const { directory, plots, askedOf, priceOf } = options;
  let results: readonly string[] = [];
  const files = await orSaid(options, async () => {
    const run = await readRun(directory, RunManifest.parse(manifest));
    const names = await writeReport(join(directory, reportName), [run], {
      pricesOf: () => priceOf,
      plots,
      askedOf,
      onCounted: (_, counts) => {
        results = runWords(run, counts).results;
      },
    });
    return describeFiles(directory, names);
  });
  return { files, results };
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
