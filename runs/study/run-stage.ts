import { rename, stat } from "node:fs/promises";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import type { CommandOptions } from "../command-options.ts";
import type { JobEnd } from "../engine/job.ts";
import type { RowCounts } from "../../state/row-result.ts";
import type { Tally } from "../accounting/tally.ts";

/** What every stage's summary holds. */
export type StageSummary = Tally & RowCounts;

/** A stage that has ended: a run of its own, in a directory below the study's. */
export type StageEnd<Summary extends StageSummary = StageSummary> = {
  /** The directory below the study's. */
  readonly stage: string;
  readonly directory: string;
  readonly end: JobEnd<Summary>;
};

/**
 * Runs a stage, or goes on with it. A stage that a changed plan gives another input or topology
 * runs anew: its earlier run is moved aside, and answers to the very same questions are taken
 * from it.
 */
export async function runStage<Summary extends StageSummary>(
  options: CommandOptions,
  run: (options: CommandOptions) => Promise<JobEnd<Summary>>,
): Promise<JobEnd<Summary>> {
  try {
    return await run(options);
  } catch (error) {
    if (!isFellowshipError(error) || error.code !== "directory_differs") throw error;
    const { directory, progress, reuse = [] } = options;
    const aside = await moveAside(directory);
    progress.say(`${directory} was of another plan: it runs anew, and reuses ${aside}`, "news");
    return run({ ...options, reuse: [...reuse, aside] });
  }
}

/** Gives a directory the first of the names `DIR.old-1`, `DIR.old-2` … that is free. */
export async function moveAside(directory: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const aside = `${directory}.old-${number}`;
    if ((await stat(aside).catch(() => null)) === null) {
      await rename(directory, aside);
      return aside;
    }
  }
}
