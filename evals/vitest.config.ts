import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { evalTracking } from "./eval-tracking.ts";

const { tracked, notice } = evalTracking(process.env);
process.stderr.write(`${notice}\n`);

export default defineConfig({
  // The reporter is found from the root alone.
  root: join(import.meta.dirname, ".."),
  test: {
    include: ["evals/*.eval.ts"],
    reporters: ["langsmith/vitest/reporter"],
    env: tracked
      ? {}
      : {
          LANGSMITH_TRACING: "false",
          LANGCHAIN_TRACING_V2: "false",
          LANGSMITH_TEST_TRACKING: "false",
        },
    testTimeout: 30 * 60_000,
    // The evals share what they load, which takes longer than they do.
    isolate: false,
    maxWorkers: 1,
    // What one process has compiled, the next one reads.
    experimental: { fsModuleCache: true },
    // Rows side by side, as in a run.
    sequence: { concurrent: true },
    maxConcurrency: 16,
  },
});
