import { defineConfig } from "vitest/config";
import layersFile from "./layers.json" with { type: "json" };
import ProcessesFirstSequencer from "./tests/processes-first-sequencer.ts";

/** Folders whose tests change the process: environment, signals, child processes. */
const isolated = ["examples", "runs", "scripts", "storage", "studio", "tests"];
/** The tests of all other folders share the modules they load, which takes longer than most of them run. */
const shared = Object.keys(layersFile.layers).filter((folder) => !isolated.includes(folder));

/** Tests of sources load sources: without this the name leads to the compiled package. */
const fellowship = new URL("index.ts", import.meta.url).pathname;

export default defineConfig({
  resolve: { alias: { fellowship } },
  test: {
    reporters: ["default", "./tests/closing-line-reporter.ts"],
    // Tests send nothing off the machine, whatever the shell they run in has set.
    env: {
      // A report's plots take a second of each run; the tests of reports ask for them.
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
    // One more than cores: much of what tests do is wait.
    maxWorkers: 3,
    maxConcurrency: 4,
    sequence: { sequencer: ProcessesFirstSequencer },
    projects: [
      {
        extends: true,
        test: { name: "shared", include: testsIn(shared), isolate: false },
      },
      {
        extends: true,
        test: {
          name: "isolated",
          include: testsIn(isolated),
          globalSetup: "./tests/compile-project.ts",
        },
      },
    ],
  },
});

function testsIn(folders: readonly string[]): string[] {
  return folders.map((folder) => `${folder}/**/*.test.ts`);
}
