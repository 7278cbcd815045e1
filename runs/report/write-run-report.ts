import { join } from "node:path";
import type { OutputFile } from "../../datasets/export/output-set.ts";
import type { PriceOf } from "../../models/cost/prices.ts";
import { writeReport } from "../../report-page/page/write-report.ts";
import { readRun } from "../../report-page/read/read-run.ts";
import { RunManifest } from "../../report-page/read/run-manifest.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import type { CommandOptions } from "../command-options.ts";
import { describeFile } from "../directory/run-manifest.ts";

const reportName = "report.html";

/**
 * Writes `report.html` of a run whose other files are there, apart from `run.json`. The data of a
 * run are worth more than its report: if the report can't be made, the run says so and goes on.
 *
 * @param manifest What `run.json` will say, as far as it is known.
 * @returns the report's files, for the manifest
 * @throws FellowshipError `storage_failed`
 */
export async function writeRunReport(
  manifest: unknown,
  {
    directory,
    plots,
    progress,
    priceOf,
  }: Pick<CommandOptions, "directory" | "plots" | "progress"> & { readonly priceOf: PriceOf },
): Promise<OutputFile[]> {
  try {
    const run = await readRun(directory, RunManifest.parse(manifest));
    const names = await writeReport(join(directory, reportName), [run], { priceOf, plots });
    return await Promise.all(names.map((name) => describeFile(directory, name)));
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
