import { FellowshipError } from "../state/fellowship-error.ts";
import { parseOptions } from "./command-line/parse-options.ts";

const usage = "Usage: fellowship export DIR --kind cassette --file FILE [--force]";
export const help = `${usage}

A run's calls as a cassette: JSONL, a recorded answer a line. The same topology with --model replay:FILE over the same
input gives the same rows, without asking any model.

Examples:
  fellowship export out/loop --kind cassette --file loop.jsonl
  fellowship generate feedback-loop --input prompts.jsonl --out out/again --model replay:loop.jsonl

Options:
  --kind cassette      what to write
  --file FILE          where, outside the directories of runs
  --force              overwrite FILE if it exists
  --help               this text
`;

const options = {
  kind: { type: "string" },
  file: { type: "string" },
  force: { type: "boolean" },
} as const;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions(argv, usage, options);
  const [directory, ...others] = positionals;
  if (directory === undefined || others.length > 0) {
    throw new FellowshipError("bad_usage", `Expected one directory.\n${usage}`);
  }
  if (values.kind !== "cassette") {
    throw new FellowshipError(
      "bad_usage",
      `--kind: expected cassette, got ${values.kind ?? "nothing"}.\n${usage}`,
    );
  }
  if (values.file === undefined)
    throw new FellowshipError("bad_usage", `--file FILE is missing.\n${usage}`);
  const { exportCassette } = await import("../runs/datasets/export-cassette.ts");
  const { rows, calls } = await exportCassette(directory, values.file, {
    force: values.force === true,
  });
  process.stdout.write(`${values.file}: ${calls} calls of ${rows} rows\n`);
  return 0;
}
