import { checkPushAccess, type PushTarget } from "../../datasets/hub/push-files.ts";
import type { CommandOptions } from "../../runs/command-options.ts";
import type { SentinelOptions } from "../../runs/sentinel/run-with-sentinel.ts";
import type { JobEnd } from "../../runs/engine/job.ts";
import type { Forecast } from "../../runs/forecast/forecast.ts";
import type { Tally } from "../../runs/accounting/tally.ts";
import type { RowCounts } from "../../state/row-result.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { printable } from "../../runs/progress/progress.ts";
import { counted } from "../../state/counted.ts";
import { forecastWatched } from "./forecast-watched.ts";
import { printEnd } from "./print-end.ts";
import { printForecast } from "./print-forecast.ts";
import { wrapped } from "./wrapped.ts";
import { readRunOptions, type RunOptions } from "./run-options.ts";

/** A command that takes one topology over many rows. */
export type OneTopologyCommand<Summary> = {
  readonly usage: string;
  readonly run: (topology: string, options: RunOptions) => Promise<JobEnd<Summary>>;
  readonly forecast: (topology: string, options: RunOptions) => Promise<Forecast>;
  /** The results for people, printed before the files are named. */
  readonly tell: (summary: Summary, results: readonly string[]) => string;
};

/** Runs the command as its options ask: a forecast, or the run itself. Returns the exit code. */
export async function runOneTopology<Summary extends Tally & RowCounts>(
  argv: readonly string[],
  { usage, run, forecast, tell }: OneTopologyCommand<Summary>,
): Promise<number> {
  const options = readRunOptions(argv, usage);
  const [topology = "", ...more] = options.topologies;
  if (more.length > 0) throw new FellowshipError("bad_usage", `Expected one topology.\n${usage}`);
  refusePushOfShard(options);
  if (options.dryRun) {
    printForecast(await forecastWatched(topology, options, forecast), options);
    return 0;
  }
  if (options.push !== undefined) checkPushAccess();
  const { sentinel } = options;
  const end =
    sentinel === undefined
      ? await run(topology, options)
      : await watched({ run, forecast }, topology, { ...options, sentinel });
  const people = options.json ? process.stderr : process.stdout;
  people.write(`${wrapped(printable(tell(end.summary, end.results)), people)}\n\n`);
  printEnd(end, options);
  if (options.push !== undefined) people.write(await pushed(end, options.push, options.directory));
  return end.exitCode;
}

/** A run whose judge is watched. */
async function watched<Summary extends RowCounts>(
  { run, forecast }: Pick<OneTopologyCommand<Summary>, "run" | "forecast">,
  topology: string,
  options: RunOptions & { readonly sentinel: SentinelOptions },
): Promise<JobEnd<Summary>> {
  const { runWithSentinel } = await import("../../runs/sentinel/run-with-sentinel.ts");
  const own = (changes: CommandOptions): RunOptions => ({ ...options, ...changes });
  const command = {
    run: (path: string, changes: CommandOptions) => run(path, own(changes)),
    forecast: (path: string, changes: CommandOptions) => forecast(path, own(changes)),
  };
  return runWithSentinel(command, topology, options);
}

/** Uploads a run that came to its end, and says where it is. */
async function pushed(
  { files, summary, stoppedBy }: Pick<JobEnd<RowCounts>, "files" | "summary" | "stoppedBy">,
  target: PushTarget,
  directory: string,
): Promise<string> {
  if (summary.pending > 0) {
    return (
      `NOT PUSHED to ${target.name}: ${counted(summary.pending, "row is", "rows are")} ` +
      "pending.\n"
    );
  }
  // As where the judge drifted before the last row.
  if (stoppedBy !== null) return `NOT PUSHED to ${target.name}: the run was stopped.\n`;
  const { pushRun } = await import("../../runs/push/push-run.ts");
  const { address, paths } = await pushRun(directory, files, target);
  return `Pushed ${counted(paths.length, "file")} to ${address}\n`;
}

/** A shard is a part of a data set. */
function refusePushOfShard({ shard, push }: Pick<RunOptions, "shard" | "push">): void {
  if (shard === undefined || push === undefined) return;
  throw new FellowshipError(
    "bad_usage",
    "--push: a shard is a part of the data. Merge the shards, then give the command without " +
      "--shard, with the merged folder as --out and with --push: nothing is asked again.",
  );
}
