import { register } from "node:module";
import { createSilentProgress } from "./silent-progress.ts";

/** The input of a measured process: JSON in its first argument. */
export type Measured = {
  readonly journal: "on" | "off";
  readonly topology: string;
  /** Rows to warm up on, and rows to measure. */
  readonly warmUp: string;
  readonly input: string;
  /** Where both runs go. */
  readonly directory: string;
  readonly model: string;
  readonly concurrency: number;
};

/** What it prints: of the measured run alone, from its start to its last file. */
export type Measurement = {
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly rows: number;
};

/**
 * Runs a command over rows in its own process and reports what it took. With the journal off,
 * the module that opens a run's directory is another one; all the rest is the same run.
 */
const told = JSON.parse(process.argv[2] ?? "{}") as Measured;
if (told.journal === "off") {
  const url = new URL("keep-nothing.ts", import.meta.url).href;
  const hooks = `export const resolve = (specifier, context, next) =>
    /\\/run-directory\\.ts$/.test(specifier)
      ? { url: ${JSON.stringify(url)}, format: "module", shortCircuit: true }
      : next(specifier, context);`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}
const { generate } = await import("../../runs/generate/generate.ts");

async function run(input: string, name: string): Promise<number> {
  const end = await generate(told.topology, {
    input,
    directory: `${told.directory}/${name}`,
    models: [told.model],
    concurrency: told.concurrency,
    fresh: false,
    salvage: false,
    environment: process.env,
    progress: createSilentProgress(),
  });
  if (end.exitCode !== 0) throw new Error(`exit ${end.exitCode}: ${end.stoppedBy}`);
  return end.summary.done;
}

await run(told.warmUp, "warm-up");
const began = performance.now();
const before = process.cpuUsage();
const rows = await run(told.input, "measured");
const { user, system } = process.cpuUsage(before);
const measurement: Measurement = {
  seconds: (performance.now() - began) / 1e3,
  processorSeconds: (user + system) / 1e6,
  rows,
};
process.stdout.write(`${JSON.stringify(measurement)}\n`);
