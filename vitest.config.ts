import { defineConfig } from "vitest/config";
import ProcessesFirstSequencer from "./tests/processes-first-sequencer.ts";

/** What sets nothing outside itself shares what it loads, which takes longer than most of its tests do. */
const shared = "{datasets,evals,graphs,models,nodes,prompts,report,state,topologies}";
const isolated = "{examples,runs,scripts,studio,tests}";

export default defineConfig({
  test: {
    reporters: ["default", "./tests/closing-line-reporter.ts"],
    // Tests send nothing off the machine, whatever the shell they run in has set.
    env: { LANGSMITH_TRACING: "false", LANGCHAIN_TRACING_V2: "false" },
    testTimeout: 60_000,
    // One more than cores: much of what tests do is wait.
    maxWorkers: 3,
    maxConcurrency: 4,
    sequence: { sequencer: ProcessesFirstSequencer },
    projects: [
      {
        extends: true,
        test: { name: "shared", include: [`${shared}/**/*.test.ts`], isolate: false },
      },
      {
        extends: true,
        test: {
          name: "isolated",
          include: [`${isolated}/**/*.test.ts`],
          globalSetup: "./tests/compile-project.ts",
        },
      },
    ],
  },
});
