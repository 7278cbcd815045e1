import type { Reporter, TestCase, TestModule } from "vitest/node";

/**
 * Prints why a test failed as soon as it fails, and ends a test run with one plain line,
 * `N passed, N failed, N skipped`, for people and for CI.
 */
export default class ClosingLineReporter implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const { state, errors = [] } = test.result();
    if (state !== "failed") return;
    const reasons = errors.map(({ message }) => `  ${message.replaceAll("\n", "\n  ")}\n`);
    process.stdout.write(`FAILED ${test.module.relativeModuleId} > ${test.fullName}\n`);
    process.stdout.write(reasons.join(""));
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const testModule of modules) {
      for (const test of testModule.children.allTests()) counts[test.result().state] += 1;
      if (testModule.errors().length > 0) counts.failed += 1;
    }
    counts.failed += errors.length;
    const { passed, failed, skipped, pending } = counts;
    process.stdout.write(`${passed} passed, ${failed} failed, ${skipped + pending} skipped\n`);
  }
}
