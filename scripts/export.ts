import { exportCassette } from "../runs/datasets/export-cassette.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import { runCommand } from "./command-line/command.ts";
import { parseOptions } from "./command-line/parse-options.ts";

const usage = "Usage: npm run export -- DIR --kind cassette --file FILE";
const help = `${usage}

A run's calls as a cassette: JSONL, a recorded answer a line. The same topology with --model replay:FILE over the same
input gives the same rows, without asking any model.

Examples:
  npm run export -- out/loop --kind cassette --file loop.jsonl
  npm run generate -- topologies/feedback-loop.yaml --input prompts.jsonl --out out/again --model replay:loop.jsonl

Options:
  --kind cassette      what to write
  --file FILE          where
  --help               this text
`;

const options = {
  kind: { type: "string" },
  file: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

await runCommand(async (argv) => {
  const { values, positionals } = parseOptions(argv, usage, options);
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
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
  const { rows, calls } = await exportCassette(directory, values.file);
  process.stdout.write(`${values.file}: ${calls} calls of ${rows} rows\n`);
  return 0;
});
