import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Where the tests are that start processes, or take longest. A file is in the order of its length
 * as long as no earlier run has measured it, and some of these are short.
 */
const first = [
  "/tests/",
  "/runs/batch/batch-files.test.ts",
  "/runs/engine/budget.test.ts",
  "/runs/engine/interruption.test.ts",
  "/runs/queue/queue.test.ts",
  "/runs/study/stopped-study.test.ts",
  "/scripts/command-line/process-errors.test.ts",
  "/storage/directory-lock.test.ts",
  "/studio/studio.test.ts",
];

/** Begins with the tests that take long, so that none of them is left over at the end. */
export default class ProcessesFirstSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isFirst = ({ moduleId }: TestSpecification) =>
      first.some((place) => moduleId.includes(place));
    return [...sorted.filter(isFirst), ...sorted.filter((file) => !isFirst(file))];
  }
}
