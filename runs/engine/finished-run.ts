import { access } from "node:fs/promises";
import { join } from "node:path";
import type { RowCounts, RowResult } from "../../state/row-result.ts";
import { acquireDirectoryLock } from "../../storage/directory-lock.ts";
import type { Tally } from "../accounting/tally.ts";
import type { CommandOptions } from "../command-options.ts";
import { inputIdentity } from "../directory/pin-input.ts";
import { planDifferences, planOf, readRunPlan } from "../directory/run-plan.ts";
import { standingOutputs, type StandingOutputs } from "../directory/standing-outputs.ts";
import { dependsOnOtherFiles } from "./depends-on-other-files.ts";
import type { Job, JobEnd } from "./job.ts";

/**
 * The end of a run whose directory holds every row done and every file as it was written, without
 * opening its journals: their hashes say that they are the same. Nothing is written.
 *
 * @returns null where there may be something to do, or to say, which takes a session
 * @throws FellowshipError `directory_in_use`
 */
export async function finishedRun<
  Input,
  Result extends RowResult,
  Summary extends Tally & RowCounts,
>(
  job: Job<Input, Result, Summary>,
  options: CommandOptions,
  started: number,
): Promise<JobEnd<Summary> | null> {
  const { directory, fresh, salvage, reuse = [], budgetUsd, progress } = options;
  const asksMore = fresh || salvage || reuse.length > 0 || budgetUsd !== undefined;
  if (asksMore || dependsOnOtherFiles(job, options.gates)) return null;
  if (!(await exists(join(directory, "run.json")))) return null;
  const lock = await acquireDirectoryLock(directory);
  try {
    const plan = planOf(job, await inputIdentity(options.input), options);
    const recorded = await readRunPlan(directory);
    if (recorded === undefined || planDifferences(recorded, plan).length > 0) return null;
    const standing = await standingOutputs(directory, null, options.gates);
    if (standing === null || !isWhole(standing, options)) return null;
    const { rows, done, failed, pending, results, spent, reused = [] } = standing.manifest;
    if (results === undefined || spent === undefined) return null;
    progress.rows({ rows, done, failed, pending });
    progress.end();
    return {
      exitCode: 0,
      stoppedBy: null,
      // Written by this very job: the plan and the version are the same.
      summary: standing.summary as Summary,
      files: standing.files,
      results,
      failures: [],
      seconds: (performance.now() - started) / 1000,
      spent: { ...spent, leftUsd: null },
      reused,
    };
  } finally {
    await lock.release();
  }
}

/** Whether no row is left: failed rows are tried again, and a larger limit asks for more. */
function isWhole({ manifest }: StandingOutputs, { limit = Infinity }: CommandOptions): boolean {
  const { rows, done, limit: before = Infinity } = manifest;
  return done === rows && (before === Infinity || limit <= before);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
