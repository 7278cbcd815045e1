import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { OutputFile } from "../../datasets/export/output-set.ts";
import { writeReport, type ReportOptions } from "../../report-page/page/write-report.ts";
import { readRun, runsWithin, type RunFiles } from "../../report-page/read/read-run.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { refuseOverwrite } from "../../storage/refuse-overwrite.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { refuseLink } from "../directory/own-directory.ts";
import { describeFiles } from "../directory/run-manifest.ts";
import { pricesOfRun } from "./prices-of-run.ts";
import { isReportFile } from "./write-run-report.ts";

/** More than at the end of a run, which should not wait for its report. */
const mostAsked = 500;

export type RewriteOptions = {
  /** A price table in place of `models/prices.yaml`. */
  readonly prices?: string | undefined;
  /** Where; in the directory itself where not given. Needed for several directories. */
  readonly file?: string | undefined;
  /** Overwrites an existing file that is named. */
  readonly force?: boolean | undefined;
  /** Finds what the calls of a run's rows were asked; not shown where not given. */
  readonly askedOf?: ReportOptions["askedOf"];
};

/**
 * Writes the report of one run again from its files, or one report of several runs side by side. A
 * directory that holds the runs of several evaluators stands for all of them.
 *
 * @returns where the report is
 * @throws FellowshipError `bad_usage` for a directory without a finished run, for several without
 *   a file, or a file that exists
 */
export async function rewriteReport(
  directories: readonly string[],
  { prices, file, force = false, askedOf }: RewriteOptions,
): Promise<string> {
  const runs = await openRuns(directories);
  const [first = ""] = directories;
  const options = {
    pricesOf: pricesOfRun(prices),
    plots: true,
    askedOf,
    mostAsked,
    // The run itself may go on meanwhile.
    unfinishedFolder: "report-rows.again.tmp",
  };
  if (file !== undefined) {
    await refuseOverwrite(file, { force, option: "--file" });
    await writeReport(file, runs, options);
    return file;
  }
  if (directories.length > 1) {
    throw new FellowshipError(
      "bad_usage",
      "report: several directories make one report of their own; name it with --file FILE.html.",
    );
  }
  const path = join(first, "report.html");
  await refuseLink(path);
  await refuseLink(join(first, "report-rows"));
  const names = await writeReport(path, runs, options);
  await noteInManifest(first, names);
  return path;
}

async function openRuns(directories: readonly string[]): Promise<RunFiles[]> {
  const runs: RunFiles[] = [];
  for (const directory of directories) {
    const within = await runsWithin(directory);
    for (const path of within.length > 0 ? within : [directory]) runs.push(await readRun(path));
  }
  return withOwnNames(runs);
}

/** Runs of one name are called by the name of the directory above too. */
function withOwnNames(runs: readonly RunFiles[]): RunFiles[] {
  const isShared = ({ name }: RunFiles) => runs.filter((other) => other.name === name).length > 1;
  return runs.map((run) => {
    if (!isShared(run)) return run;
    return { ...run, name: `${basename(resolve(run.directory, ".."))}/${run.name}` };
  });
}

/** Tells `run.json` of the new files; a directory without one has nothing to tell. */
async function noteInManifest(directory: string, names: readonly string[]): Promise<void> {
  const path = join(directory, "run.json");
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return;
  const manifest = JSON.parse(text) as { files?: OutputFile[] };
  const others = (manifest.files ?? []).filter((one) => !isReportFile(one));
  const own = await describeFiles(directory, names);
  const files = [...others, ...own];
  await replaceFile(path, `${JSON.stringify({ ...manifest, files }, null, 2)}\n`);
}
