import { join } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { counted } from "../../state/counted.ts";
import { parseOptions } from "../command-line/parse-options.ts";

const usage = "Usage: fellowship merge DIR… --out DIR [options]";
export const help = `${usage}

Makes one run of its shards: of the directories that generate, evaluate or evolve left with
--shard 1/N to --shard N/N. The merged rows, failures, summary and data files are those of one run
without --shard, byte for byte. Gates, --keep and duplicates are decided again over all rows. No
model is asked.

All shards have to be there and finished: missing, double and unfinished ones are named, each with
the command that goes on with it. The shards stay as they are.

Examples:
  fellowship generate feedback-loop --input prompts.jsonl --out out/1 --shard 1/2
  fellowship generate feedback-loop --input prompts.jsonl --out out/2 --shard 2/2
  fellowship merge out/1 out/2 --out out/whole

Options:
  --out DIR            where the merged run goes: a directory that is empty or not there yet
  --prices FILE        a price table of your own, as the shards had it
  --allow-code         the shards' topology has nodes of your own, and their code may be loaded
  --json               the summary as one JSON object on standard output; all else on standard error
  --quiet              no progress
  --help               this text

Exit codes: 0 all rows done · 2 bad usage, or shards that don't make one run · 3 some rows failed or
wait for people · 5 DIR is in use · 6 storage failed · 7 journal damaged.
`;

const options = {
  out: { type: "string" },
  prices: { type: "string" },
  "allow-code": { type: "boolean" },
  json: { type: "boolean" },
  quiet: { type: "boolean" },
} as const;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions(argv, usage, options);
  const { out, json = false, quiet = false } = values;
  if (out === undefined || positionals.length === 0) {
    const missing = out === undefined ? "--out DIR is missing" : "DIR is missing";
    throw new FellowshipError("bad_usage", `${missing}.\n${usage}`);
  }
  const { mergeShards } = await import("../../runs/merge/merge.ts");
  const { createProgress, printable, usualProgressStyle } =
    await import("../../runs/progress/progress.ts");
  const { printEnd, tellEnd } = await import("../command-line/print-end.ts");
  const { wrapped } = await import("../command-line/wrapped.ts");
  const { mergedText } = await import("../../report/merged-text.ts");
  const merged = await mergeShards(positionals, out, {
    prices: values.prices,
    allowCode: values["allow-code"] === true,
    plots: process.env["FELLOWSHIP_PLOTS"] !== "off",
    environment: process.env,
    progress: createProgress(process.stderr, quiet ? "quiet" : usualProgressStyle(process.stderr)),
  });
  const people = json ? process.stderr : process.stdout;
  people.write(`Merged ${counted(positionals.length, "shard")}. No model was asked.\n`);
  for (const end of merged) {
    if (merged.length > 1) people.write(`── ${end.name} ──\n`);
    people.write(`${wrapped(printable(mergedText(end)), people)}\n\n`);
    if (merged.length === 1) printEnd(end, { json, directory: out });
    else tellEnd(end, join(out, end.name), people);
  }
  if (json && merged.length > 1) {
    const summaries = Object.fromEntries(merged.map(({ name, summary }) => [name, summary]));
    process.stdout.write(`${JSON.stringify({ evaluators: summaries })}\n`);
  }
  return Math.max(...merged.map(({ exitCode }) => exitCode));
}
