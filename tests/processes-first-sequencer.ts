import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Begins with the tests that start processes and wait for them, so that none of them is left over
 * at the end.
 */
export default class ProcessesFirstSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const startsProcesses = ({ moduleId }: TestSpecification) => moduleId.includes("/tests/");
    return [...sorted.filter(startsProcesses), ...sorted.filter((file) => !startsProcesses(file))];
  }
}
