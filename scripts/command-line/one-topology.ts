import type { Forecast } from "../../runs/forecast/forecast.ts";
import type { JobEnd } from "../../runs/engine/job.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { runCommand } from "./command.ts";
import { printEnd } from "./print-end.ts";
import { printForecast } from "./print-forecast.ts";
import { readRunOptions, type RunOptions } from "./run-options.ts";

/** A command that takes one topology over many rows. */
export type OneTopologyCommand<Summary> = {
  readonly usage: string;
  readonly help: string;
  readonly run: (topology: string, options: RunOptions) => Promise<JobEnd<Summary>>;
  readonly forecast: (topology: string, options: RunOptions) => Promise<Forecast>;
  /** What came of it, for people, before the files are named. */
  readonly tell?: (summary: Summary) => string;
};

/** Runs the command as its options ask: help, a forecast, or the run itself. */
export function runOneTopology<Summary extends { pending: number; failed: number }>({
  usage,
  help,
  run,
  forecast,
  tell,
}: OneTopologyCommand<Summary>): Promise<void> {
  return runCommand(async (argv) => {
    const options = readRunOptions(argv, usage);
    if (options === null) {
      process.stdout.write(help);
      return 0;
    }
    const [topology = "", ...more] = options.topologies;
    if (more.length > 0) throw new FellowshipError("bad_usage", `Expected one topology.\n${usage}`);
    if (options.dryRun) {
      printForecast([["", await forecast(topology, options)]], options);
      return 0;
    }
    const end = await run(topology, options);
    const people = options.json ? process.stderr : process.stdout;
    if (tell !== undefined) people.write(`${tell(end.summary)}\n`);
    printEnd(end, options);
    return end.exitCode;
  });
}
