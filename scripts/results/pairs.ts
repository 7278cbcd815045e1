import { FellowshipError } from "../../state/fellowship-error.ts";
import { parseOptions } from "../command-line/parse-options.ts";
import { counted } from "../../state/counted.ts";

const usage = `Usage: fellowship pairs DIR --rule RULE --file FILE [--margin LOW,HIGH]
         [--on-policy NAME] [--seed S] [--force]`;
export const help = `${usage}

Draws other pairs from a finished run of generate, as lines of dpo.jsonl. No model is asked.

Examples:
  fellowship pairs out/pool --rule all --file all.jsonl
  fellowship pairs out/pool --rule best-random --on-policy llama --margin 1,4 --file on-policy.jsonl
  fellowship pairs out/loop --rule best-first --file best-first.jsonl

Options:
  --rule RULE          of a pool: best-worst, best-random (the best against one of the others,
                       drawn), all (every two responses of which one is better), comparisons;
                       of other runs: comparisons, best-first
  --margin LOW,HIGH    only pairs whose scores differ by at least LOW and at most HIGH
  --on-policy NAME     only pairs in which one response at least is by that agent
  --seed S             what best-random draws, a whole number (0)
  --file FILE          where, outside the directories of runs
  --force              overwrite FILE if it exists
  --help               this text
`;

const options = {
  rule: { type: "string" },
  margin: { type: "string" },
  "on-policy": { type: "string" },
  seed: { type: "string" },
  file: { type: "string" },
  force: { type: "boolean" },
} as const;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions(argv, usage, options);
  const [directory, ...others] = positionals;
  if (directory === undefined || others.length > 0) throw badUsage("Expected one directory.");
  const { rule, file, force = false } = values;
  if (rule === undefined) throw badUsage("--rule RULE is missing.");
  if (file === undefined) throw badUsage("--file FILE is missing.");
  const filter = {
    margin: marginIn(values.margin),
    onPolicy: values["on-policy"],
    seed: seedIn(values.seed),
  };
  const { drawPairs } = await import("../../runs/datasets/draw-pairs.ts");
  const { rows, pairs } = await drawPairs(directory, file, { rule, filter, force });
  process.stdout.write(`${file}: ${counted(pairs, "pair")} of ${counted(rows, "row")}\n`);
  return 0;
}

function marginIn(text: string | undefined): readonly [number, number] | undefined {
  if (text === undefined) return undefined;
  const words = text.split(",").map((word) => word.trim());
  const [low = Number.NaN, high = Number.NaN] = words.map(Number);
  const isRange = words.length === 2 && !words.includes("") && low <= high;
  if (!isRange) throw badUsage(`--margin: expected LOW,HIGH, as in 1,4 (got ${text}).`);
  return [low, high];
}

function seedIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badUsage(`--seed: expected a whole number (got ${text}).`);
  return Number(text);
}

function badUsage(problem: string): FellowshipError {
  return new FellowshipError("bad_usage", `${problem}\n${usage}`);
}
