import { defineConfig } from "vitest/config";
import evals from "../../evals/vitest.config.ts";

/** The evals of tests, run as the project's own are. */
export default defineConfig({
  ...evals,
  test: { ...evals.test, include: ["tests/evals/*.eval.ts"] },
});
