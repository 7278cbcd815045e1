import { join } from "node:path";
import { counted } from "../../state/counted.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { TeachSummary } from "../../runs/teach/teach-job.ts";
import type { TaughtGain } from "../../statistics/trust/taught-gain.ts";
import {
  readOwnOptions,
  refuseGates,
  refuseSentinel,
  refuseShard,
  runOptionsHelp,
} from "../command-line/run-options.ts";

const usage = "Usage: fellowship teach DIR --out DIR2 [options]";
export const help = `${usage}

Tries two ways to teach an evaluator from its mistakes, and measures whether one helps. DIR is a
finished run of evaluate whose pairs carry people's labels. The labelled rows are split by prompt.
From the mistakes of one half a model writes guidelines, and up to four of them become examples. The
evaluator judges the other half again, once with each. Only if it now agrees with people on more
rows, beyond noise, is the taught evaluator written.

DIR2/guidelines/guidelines.md has the guidelines, whether they help or not. DIR2/taught-judge.yaml
is a topology like any other. Examples are texts of your pairs.

Examples:
  fellowship teach out/judge --out out/taught --dry-run
  fellowship teach out/judge --out out/taught --budget 2
  fellowship teach out/judge --out out/taught --guidelines openai:gpt-4o
  fellowship evaluate out/taught/taught-judge.yaml --input more.jsonl --out out/more

Options:
  --out DIR2           where everything goes: rows.jsonl (by examples), held-out.jsonl, guidelines/,
                       and taught-judge.yaml where a gain is beyond noise
  --guidelines SPEC    the model that writes guidelines, as provider:model (the evaluator's first
                       judge); off tries examples alone
${runOptionsHelp}

The evaluator and the rows are those of DIR: --model, --set, --map, --lenient, --where, --sample,
--limit and --shard can't be given.
`;

export async function run(argv: readonly string[]): Promise<number> {
  const { options, own } = readOwnOptions(argv, usage, {
    own: { guidelines: { type: "string" } },
    positional: "DIR",
    takesInput: false,
  });
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
  const { guidelines } = own as Readonly<Record<string, string | undefined>>;
  const asked = { ...options, taughtFrom: directory, guidelines };
  const { forecastTeach, teach } = await import("../../runs/teach/teach.ts");
  if (options.dryRun) {
    const { printForecast } = await import("../command-line/print-forecast.ts");
    printForecast(await forecastTeach(asked), options);
    return 0;
  }
  const { printEnd } = await import("../command-line/print-end.ts");
  const { wrapped } = await import("../command-line/wrapped.ts");
  const end = await teach(asked);
  const people = options.json ? process.stderr : process.stdout;
  const text =
    "teaching" in end.summary
      ? teachingText(end.summary, options.directory)
      : "The guidelines are not finished, so nothing is decided yet.";
  people.write(`${wrapped(text, people)}\n\n`);
  printEnd(end, { ...options, directory: directoryOf(end.summary, options.directory) });
  return end.exitCode;
}

/** Where the files are: of a lesson that was broken off, those of the run that was under way. */
function directoryOf(summary: object, directory: string): string {
  if ("teaching" in summary) return directory;
  return join(directory, "guidelines", "wins" in summary ? "judging" : "writing");
}

function teachingText({ teaching, pending }: TeachSummary, directory: string): string {
  const { examples, guidelines, level, by } = teaching;
  const lines = [`by ${counted(examples, "example")}: ${gainText(teaching)}`];
  if (guidelines !== undefined && "reason" in guidelines) {
    lines.push(`no guidelines were tried: ${guidelines.reason}`);
  } else if (guidelines !== undefined) {
    const number = counted(guidelines.guidelines.length, "guideline");
    const file = join(directory, "guidelines", "guidelines.md");
    lines.push(`by ${number}: ${gainText(guidelines)} (${file})`);
  }
  if (by !== null) {
    lines.unshift(
      `TAUGHT  The evaluator agrees with people more often with ${by}, beyond noise. The taught ` +
        `evaluator: ${join(directory, "taught-judge.yaml")}`,
    );
  } else if (pending > 0) {
    lines.push(`${counted(pending, "row")} still to be judged, so nothing is decided yet.`);
  } else {
    lines.unshift(
      `NOT TAUGHT  No gain is beyond noise (p at most ${level}). Keep the evaluator as it is.`,
    );
  }
  return lines.join("\n");
}

function gainText({ heldOut, prompts, gained, lost, p }: TaughtGain): string {
  return (
    `${gained} gained and ${lost} lost of ${counted(heldOut, "held-out row")} ` +
    `(${counted(prompts, "prompt")}), p = ${p.toFixed(3)}`
  );
}
