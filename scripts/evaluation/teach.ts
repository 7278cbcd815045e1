import { join } from "node:path";
import { counted } from "../../state/counted.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { TeachSummary } from "../../runs/teach/teach-job.ts";
import {
  readOwnOptions,
  refuseGates,
  refuseSentinel,
  refuseShard,
  runOptionsHelp,
} from "../command-line/run-options.ts";

const usage = "Usage: fellowship teach DIR --out DIR2 [options]";
export const help = `${usage}

Shows an evaluator up to four of its mistakes as examples, and measures whether that helps. DIR is a
finished run of evaluate whose pairs carry people's labels. The labelled rows are split by prompt:
the examples come from one half, and the evaluator judges the other half again. Only if it now
agrees with people on more rows, beyond noise, is the taught evaluator written.

DIR2/taught-judge.yaml is then a topology like any other. Examples are texts of your pairs.

Examples:
  fellowship teach out/judge --out out/taught --dry-run
  fellowship teach out/judge --out out/taught --budget 2
  fellowship evaluate out/taught/taught-judge.yaml --input more.jsonl --out out/more

Options:
  --out DIR2           where everything goes: rows.jsonl, held-out.jsonl, and taught-judge.yaml
                       where the gain is beyond noise
${runOptionsHelp}

The evaluator and the rows are those of DIR: --model, --set, --map, --lenient, --where, --sample,
--limit and --shard can't be given.
`;

export async function run(argv: readonly string[]): Promise<number> {
  const arguments_ = { own: {}, positional: "DIR", takesInput: false } as const;
  const { options } = readOwnOptions(argv, usage, arguments_);
  refuseGates(options, "teach");
  refuseSentinel(options, "teach");
  refuseShard(options, "teach", "the gain is measured over all held-out rows together");
  const { models = [], sets = [], reading, limit } = options;
  if (models.length > 0 || sets.length > 0 || reading !== undefined || limit !== undefined) {
    throw new FellowshipError(
      "bad_usage",
      "teach: expected no --model, --set, --map, --lenient, --where, --sample or --limit; the " +
        "evaluator and the rows are those of DIR.",
    );
  }
  const [directory = "", ...others] = options.topologies;
  if (others.length > 0) {
    throw new FellowshipError(
      "bad_usage",
      `Expected one directory, got ${others.length + 1}.\n${usage}`,
    );
  }
  const asked = { ...options, taughtFrom: directory };
  const { forecastTeach, teach } = await import("../../runs/teach/teach.ts");
  if (options.dryRun) {
    const { printForecast } = await import("../command-line/print-forecast.ts");
    printForecast([["", await forecastTeach(asked)]], options);
    return 0;
  }
  const { printEnd } = await import("../command-line/print-end.ts");
  const { wrapped } = await import("../command-line/wrapped.ts");
  const end = await teach(asked);
  const people = options.json ? process.stderr : process.stdout;
  people.write(`${wrapped(teachingText(end.summary, options.directory), people)}\n\n`);
  printEnd(end, options);
  return end.exitCode;
}

function teachingText({ teaching, pending }: TeachSummary, directory: string): string {
  const { examples, heldOut, prompts, gained, lost, p, taught } = teaching;
  const figures =
    `With ${counted(examples, "example")} the evaluator gained ${gained} and lost ${lost} of ` +
    `${counted(heldOut, "held-out row")} (${counted(prompts, "prompt")}, p = ${p.toFixed(3)})`;
  if (taught) {
    return `TAUGHT  ${figures}. The taught evaluator: ${join(directory, "taught-judge.yaml")}`;
  }
  if (pending > 0) {
    return `${figures}; ${counted(pending, "row")} still to be judged, so nothing is decided yet.`;
  }
  return `NOT TAUGHT  ${figures}: not beyond noise. Keep the evaluator as it is.`;
}
