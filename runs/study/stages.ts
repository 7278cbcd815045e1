import { join } from "node:path";
import type { CommandOptions } from "../command-options.ts";
import { refuseLink } from "../directory/own-directory.ts";
import type { JobEnd } from "../engine/job.ts";
import type { ReadingOf } from "./readings-of-inputs.ts";
import { runStage, type StageEnd, type StageSummary } from "./run-stage.ts";

/** The stages of a study, one after the other, with one budget for all. */
export type Stages = {
  /** Those that have ended, in their order. */
  readonly ended: readonly StageEnd[];
  /** Why no further stage runs; null while the study goes on. */
  readonly stoppedBy: string | null;
  readonly leftUsd: number | null;
  /**
   * Runs a stage in a directory below the study's; null where the study stopped, before the stage
   * or in it.
   */
  run<Summary extends StageSummary>(
    stage: string,
    changes: Partial<CommandOptions>,
    run: (options: CommandOptions) => Promise<JobEnd<Summary>>,
  ): Promise<JobEnd<Summary> | null>;
};

/** @param readingOf How the input of a stage is read; as the options say where not given. */
export function createStages(
  options: CommandOptions,
  readingOf: ReadingOf = () => options.reading,
): Stages {
  const ended: StageEnd[] = [];
  let { budgetUsd } = options;
  let stoppedBy: string | null = null;
  return {
    ended,
    get stoppedBy() {
      return stoppedBy;
    },
    get leftUsd() {
      return budgetUsd ?? null;
    },
    async run(stage, changes, run) {
      if (stoppedBy !== null) return null;
      const directory = join(options.directory, stage);
      await refuseLink(directory);
      options.progress.say(`${stage}:`, "news");
      const limit = smallest(options.limit, changes.limit);
      const reading = changes.input === undefined ? options.reading : readingOf(changes.input);
      const own = { ...options, ...changes, reading, limit, directory, budgetUsd, fresh: false };
      const end = await runStage(own, run);
      ended.push({ stage, directory, end });
      budgetUsd = end.spent.leftUsd ?? undefined;
      stoppedBy = end.stoppedBy === null ? null : `${stage}: ${end.stoppedBy}`;
      return stoppedBy === null ? end : null;
    },
  };
}

/** The smaller of two limits, where they are given. */
export function smallest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
