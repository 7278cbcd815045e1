import { FellowshipError } from "../../state/fellowship-error.ts";
import {
  readOwnOptions,
  refuseSentinel,
  refuseShard,
  refuseGates,
  runOptionsHelp,
  wholeNumber,
} from "../command-line/run-options.ts";

const usage = "Usage: fellowship compare RUN RUN [RUN …] --evaluator FILE --out DIR [options]";
export const help = `${usage}

Compares the responses of several runs to the same prompts, each run with each other: win rates,
a matrix and strengths with intervals, the differences in tokens, dollars and time, and a verdict
in words. The first RUN is A. Identical responses tie, and no model is asked about them.

RUN is a directory that generate has finished, or a file of responses: JSONL, JSON, CSV or Parquet
with "prompt" or "messages" and "text", or AlpacaEval's "instruction" and "output"; other columns
are named with --map text=answer. --where and --sample choose prompts.

Examples:
  fellowship compare out/loop out/single --evaluator judge --out out/compared
  fellowship compare out/loop out/loop-2 answers.jsonl --evaluator jury \\
    --out out/three --by category
  fellowship compare out/loop out/single --evaluator judge --out out/first --round 1

Options:
  --evaluator FILE     the evaluator topology; both orders are asked unless its file says otherwise
  --round N            the responses of round N, and not the best ones
  --by FIELD           win rates by the values of a field of the prompts too
  --out DIR            where everything goes: comparison.json, comparison.md, rows.jsonl,
                       pairs.jsonl
${runOptionsHelp}
`;

export async function run(argv: readonly string[]): Promise<number> {
  const { options, own } = readOwnOptions(argv, usage, {
    own: { evaluator: { type: "string" }, round: { type: "string" }, by: { type: "string" } },
    positional: "RUN",
    takesInput: false,
  });
  refuseSentinel(options, "compare");
  refuseShard(options, "compare", "its input is made of whole runs");
  refuseGates(options, "compare");
  const { evaluator, round, by } = own as Readonly<Record<string, string | undefined>>;
  if (evaluator === undefined) {
    throw new FellowshipError("bad_usage", `--evaluator FILE is missing.\n${usage}`);
  }
  if (options.topologies.length < 2) {
    throw new FellowshipError("bad_usage", `Expected two runs or more.\n${usage}`);
  }
  const { compare, forecastCompare } = await import("../../runs/compare/compare.ts");
  const asked = { ...options, runs: options.topologies, round: wholeNumber(round, "--round"), by };
  if (options.dryRun) {
    const { printForecast } = await import("../command-line/print-forecast.ts");
    printForecast([["", await forecastCompare(evaluator, asked)]], options);
    return 0;
  }
  const { comparisonText } = await import("../../report/comparison-text.ts");
  const { cascadesText } = await import("../../report/cascade-text.ts");
  const { printEnd } = await import("../command-line/print-end.ts");
  const { wrapped } = await import("../command-line/wrapped.ts");
  const end = await compare(evaluator, asked);
  const people = options.json ? process.stderr : process.stdout;
  const lines = [
    wrapped(comparisonText(end.summary), people),
    ...cascadesText(end.summary.cascades ?? []),
    "",
  ];
  people.write(`${lines.join("\n")}\n`);
  printEnd(end, options);
  return end.exitCode;
}
