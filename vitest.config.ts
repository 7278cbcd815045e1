import { defineConfig } from "vitest/config";
import layersFile from "./layers.json" with { type: "json" };
import ProcessesFirstSequencer from "./tests/processes-first-sequencer.ts";

/**
 * Tests that change their process for good, with what they change. All others share the modules
 * that they load: to load them takes longer than most tests run.
 */
const isolated = {
  "models/gate/following/noop-tracer.test.ts":
    "makes LangChain's own tracing client, once a process",
  "runs/tracing/skip-run-trees.test.ts": "makes LangChain's own tracing client, once a process",
  "scripts/command-line/process-errors.test.ts": "asks of a process in which no run has begun",
  "storage/directory-lock.test.ts": "puts a function of its own into node:fs",
  "tests/new-evaluator/new-evaluator.test.ts": "adds a graph to the lists of all graphs",
};

const folders = [...Object.keys(layersFile.layers), "examples", "tests"];

/** Tests of sources load sources: without this the name leads to the compiled package. */
const fellowship = new URL("index.ts", import.meta.url).pathname;

export default defineConfig({
  resolve: { alias: { fellowship } },
  test: {
    reporters: ["default", "./tests/closing-line-reporter.ts"],
    // Tests send nothing off the machine, whatever the shell they run in has set.
    env: {
      // A report's plots take half a second of each run; the tests of reports ask for them.
      FELLOWSHIP_PLOTS: "off",
      LANGSMITH_TRACING: "false",
      LANGCHAIN_TRACING_V2: "false",
      HTTP_PROXY: "",
      HTTPS_PROXY: "",
      http_proxy: "",
      https_proxy: "",
    },
    // Only a test that hangs comes to these limits, however busy the machine is.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    expect: { poll: { timeout: 600_000 } },
    // More than the cores of CI: much of what tests do is wait.
    maxWorkers: 4,
    maxConcurrency: 4,
    sequence: { sequencer: ProcessesFirstSequencer },
    globalSetup: "./tests/compile-project.ts",
    // What is unchanged since the last run is not transformed again.
    experimental: { fsModuleCache: true },
    projects: [
      {
        extends: true,
        test: { name: "isolated", include: Object.keys(isolated) },
      },
      {
        extends: true,
        test: {
          name: "shared",
          include: folders.map((folder) => `${folder}/**/*.test.ts`),
          exclude: Object.keys(isolated),
          isolate: false,
        },
      },
    ],
  },
});
