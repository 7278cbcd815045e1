import { askedOf } from "../command-line/asked-of.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { defaultPreset } from "../command-line/default-preset.ts";
import { createProgress, printable, usualProgressStyle } from "../../runs/progress/progress.ts";
import { findFile } from "../../state/files/find-file.ts";
import { FellowshipError, isFellowshipError } from "../../state/fellowship-error.ts";
import { wrapped } from "../command-line/wrapped.ts";
import { parseOptions } from "../command-line/parse-options.ts";

export const help = `Usage: fellowship demo

The main job with no key and no network: 24 prompts of the shipped sample go through a feedback
loop (a generator, a reviewer, three rounds), a judge holds the versions against each other, and
preference data come out in out/demo. The models' answers are recorded; the graph, the reading of
verdicts and the files are the real thing.

Examples:
  fellowship demo
  fellowship demo --help
`;

const next = `
Next, on your own prompts (one {"prompt": "…"} a line) with a provider of your choice,
here OpenAI with OPENAI_API_KEY set:
  fellowship generate feedback-loop --input prompts.jsonl --out out/mine --limit 20 --model openai:gpt-4o-mini
`;

const directory = join("out", "demo");
/**
 * Found in the package by this name, so that the data set's card names no folder of this machine.
 */
const sample = (name: string) => `examples/demo/${name}`;

export async function run(argv: readonly string[]): Promise<number> {
  const { positionals } = parseOptions(argv, "Usage: fellowship demo", {});
  if (positionals.length > 0) throw new FellowshipError("bad_usage", "demo takes no argument.");
  const first =
    "A feedback loop over 24 prompts. The answers are recorded " +
    "(examples/demo/cassette.jsonl): no model is asked, nothing is sent.\n\n";
  process.stdout.write(wrapped(first, process.stdout));
  const end = await runDemo(false).catch((error: unknown) => {
    // An earlier demo over other prompts or settings is moved aside.
    if (isFellowshipError(error) && error.code === "directory_differs") return runDemo(true);
    throw error;
  });
  const { printEnd } = await import("../command-line/print-end.ts");
  const { generationText } = await import("../../report/generation-text.ts");
  const results = generationText(end.summary, end.results);
  process.stdout.write(`${wrapped(results, process.stdout)}\n\n`);
  printEnd(end, { json: false, directory });
  await printPair();
  process.stdout.write(wrapped(next, process.stdout));
  return end.exitCode;
}

async function runDemo(fresh: boolean) {
  const { generate } = await import("../../runs/generate/generate.ts");
  return generate(defaultPreset, {
    input: findFile(sample("prompts.jsonl")),
    directory,
    models: [`replay:${sample("cassette.jsonl")}`],
    concurrency: 8,
    fresh,
    salvage: false,
    plots: process.env["FELLOWSHIP_PLOTS"] !== "off",
    ...(process.env["FELLOWSHIP_PLOTS"] === "off" ? {} : { askedOf }),
    environment: process.env,
    progress: createProgress(process.stderr, usualProgressStyle(process.stderr)),
  });
}

/** A pair to look at: the one whose texts are the shortest, so that both fit on a screen. */
async function printPair(): Promise<void> {
  const lines = (await readFile(join(directory, "dpo.jsonl"), "utf8")).trim().split("\n");
  const pairs = lines.map(
    (line) => JSON.parse(line) as Record<"prompt" | "chosen" | "rejected", { content: string }[]>,
  );
  const length = (pair: (typeof pairs)[number]) =>
    (pair.chosen[0]?.content.length ?? 0) + (pair.rejected[0]?.content.length ?? 0);
  const pair = pairs.toSorted((one, other) => length(one) - length(other))[0];
  if (pair === undefined) return;
  const part = (name: string, text = "") =>
    `\n── ${name} ${"─".repeat(60 - name.length)}\n${printable(text)}\n`;
  process.stdout.write(
    part("prompt", pair.prompt.at(-1)?.content) +
      part("chosen", pair.chosen[0]?.content) +
      part("rejected", pair.rejected[0]?.content),
  );
}
