import { existsSync } from "node:fs";
import { join } from "node:path";
import { readRun, runsWithin } from "../../report-page/read/read-run.ts";

/** What to name in place of a directory that is no run of its own, in a sentence. */
export async function hintOfRuns(directory: string): Promise<string> {
  const runs = existsSync(join(directory, "run.json"))
    ? await stagesIn(directory)
    : await runsWithin(directory);
  return runs.length === 0
    ? "Name the --out directory of an earlier command."
    : `It holds ${runs.length === 1 ? "a run" : "runs"}: name ${inWords(runs)}.`;
}

function inWords(runs: readonly string[]): string {
  const first = runs.slice(0, -1).join(", ");
  return `${first === "" ? "" : `${first} or `}${runs.at(-1)}`;
}

/** The runs of which a study or a measurement consists. */
async function stagesIn(directory: string): Promise<string[]> {
  const run = await readRun(directory).catch(() => null);
  return (run?.manifest.stages ?? [])
    .map((stage) => join(directory, stage))
    .filter((path) => existsSync(join(path, "journal.rows")));
}
