import { FellowshipError } from "../../state/fellowship-error.ts";
import { findFile } from "../../state/files/find-file.ts";
import { askedOf } from "../command-line/asked-of.ts";
import { parseOptions } from "../command-line/parse-options.ts";

const usage = "Usage: fellowship report DIR [DIR …] [--file FILE.html] [--prices FILE] [--force]";
export const help = `${usage}

Writes report.html again, from the files in DIR: one page that opens from disk and needs no network.
It shows the run in a paragraph, its figures, and every row with all that was said. Several
directories make one page, side by side. No model is asked.

Examples:
  fellowship report out/loop
  fellowship report out/judge out/jury --file both.html

Options:
  --file FILE.html     where, outside the directories of runs; DIR/report.html where not given, for
                       one DIR
  --prices FILE        a price table of your own, as the run had it
  --force              overwrite FILE if it exists
  --help               this text
`;

const options = {
  file: { type: "string" },
  prices: { type: "string" },
  force: { type: "boolean" },
} as const;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions(argv, usage, options);
  if (positionals.length === 0) {
    throw new FellowshipError("bad_usage", `DIR is missing.\n${usage}`);
  }
  const { rewriteReport } = await import("../../runs/report/rewrite-report.ts");
  const { file, force } = values;
  const prices = values.prices === undefined ? undefined : findFile(values.prices);
  process.stdout.write(`${await rewriteReport(positionals, { prices, file, force, askedOf })}\n`);
  return 0;
}
