import { existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { defaultPreset } from "../command-line/default-preset.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { shippedRoot } from "../../state/package-root.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { parseOptions } from "../command-line/parse-options.ts";

const usage = "Usage: fellowship init DIR [--preset NAME] [--force]";
export const help = `${usage}

A folder to start from: a preset, the prompts of all its agents, and a sample input. Edit the
topology and the prompts as you like.

Examples:
  fellowship init my-data
  fellowship init my-judge --preset judge

Options:
  --preset NAME        the preset to copy (default feedback-loop): chain, checks, coevol, debate,
                       feedback-loop, judge, jury, pool, single, or one of the paper's
                       (paper/judge-gpt-4o)
  --force              write into a folder that is not empty; files of the same names are replaced
  --help               this text
`;

const options = { preset: { type: "string" }, force: { type: "boolean" } } as const;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions(argv, usage, options);
  const [directory, ...others] = positionals;
  if (directory === undefined || others.length > 0) {
    throw new FellowshipError("bad_usage", `Expected one directory.\n${usage}`);
  }
  if (values.force !== true) refuseFilled(directory);
  const { copyPreset } = await import("../../topologies/copy-preset.ts");
  const { command, files } = await copyPreset(values.preset ?? defaultPreset);
  const sample = samples[command];
  const texts = new Map([...files, [sample.file, sample.text()]]);
  for (const [name, text] of texts) {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    await replaceFile(path, text);
    process.stdout.write(`${path}\n`);
  }
  const [[file, topology] = ["", ""]] = files;
  const start = `fellowship ${command} ${file} --input ${sample.file}`;
  const steps = /\bmodel:/.test(topology) ? stepsWithModels(start) : stepWithoutModels(start);
  process.stdout.write(`\nNext:\n  cd ${directory}\n${steps}`);
  return 0;
}

function refuseFilled(directory: string): void {
  if (!existsSync(directory) || readdirSync(directory).length === 0) return;
  throw new FellowshipError(
    "bad_usage",
    `${directory} is not empty. Take another directory, or --force to write into this one.`,
  );
}

const sampleRows = 5;

/** The input of each command that a preset is for. */
const samples = {
  generate: { file: "prompts.jsonl", text: () => firstLines("demo", "prompts.jsonl") },
  evaluate: { file: "pairs.jsonl", text: () => firstLines("evals", "pairs.jsonl") },
  evolve: { file: "samples.json", text: () => shipped("evolve", "samples.json") },
};

function firstLines(...names: string[]): string {
  return `${shipped(...names)
    .split("\n")
    .slice(0, sampleRows)
    .join("\n")}\n`;
}

function shipped(...names: string[]): string {
  return readFileSync(join(shippedRoot, "examples", ...names), "utf8");
}

function stepsWithModels(start: string): string {
  return `  ${start} --out out/try --model sim:try             # simulated models: no key, to see the files
  ${start} --out out/first --model openai:gpt-4o-mini --dry-run
`;
}

function stepWithoutModels(start: string): string {
  return `  ${start} --out out/first             # asks no model
`;
}
