import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import type { evaluate as ownEvaluate } from "../../runs/evaluate/evaluate.ts";
import { createSilentProgress } from "../fault/silent-progress.ts";

/** An evaluation in a process of its own; JSON in its first argument. */
export type EndLoad = {
  /** The folder that holds the compiled files of the version that runs. */
  readonly root: string;
  readonly topology: string;
  readonly input: string;
  readonly directory: string;
  readonly limit?: number;
};

/** What it prints: of the part from the last row's verdict to the last file. */
export type EndFigures = {
  readonly processorSeconds: number;
  readonly seconds: number;
  /** The longest time in which no signal and no timer had its turn, in milliseconds. */
  readonly longestBlockMs: number;
  /** Of the whole process, its start included. */
  readonly wholeProcessorSeconds: number;
  /** The most memory that the process ever held. */
  readonly mostMb: number;
};

const { root, topology, input, directory, limit } = JSON.parse(process.argv[2] ?? "{}") as EndLoad;
const module = pathToFileURL(join(root, "runs/evaluate/evaluate.js")).href;
const { evaluate } = (await import(module)) as { readonly evaluate: typeof ownEvaluate };

const delays = monitorEventLoopDelay({ resolution: 5 });
let lastRow: { readonly at: number; readonly usage: NodeJS.CpuUsage } | undefined;
const progress = createSilentProgress();
const { exitCode, summary } = await evaluate(topology, {
  input,
  directory,
  limit,
  concurrency: 64,
  fresh: false,
  salvage: false,
  models: ["sim:bench?skill=0.8"],
  environment: {},
  progress: {
    ...progress,
    // Called when all rows are done, and again at the very end.
    end: () => {
      progress.end();
      lastRow ??= { at: performance.now(), usage: process.cpuUsage() };
      delays.enable();
    },
  },
});
delays.disable();
if (exitCode !== 0 || summary.done === 0) throw new Error(`${topology}: exit code ${exitCode}`);
const processorSeconds = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1e6;
const figures: EndFigures = {
  processorSeconds: processorSeconds(process.cpuUsage(lastRow?.usage)),
  seconds: (performance.now() - (lastRow?.at ?? 0)) / 1e3,
  longestBlockMs: Math.max(0, delays.max / 1e6),
  wholeProcessorSeconds: processorSeconds(process.cpuUsage()),
  // In kilobytes on every system.
  mostMb: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
