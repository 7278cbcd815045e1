import { FellowshipError } from "../../state/fellowship-error.ts";
import { parseOptions } from "../command-line/parse-options.ts";

const usage = "Usage: fellowship card DIR";
export const help = `${usage}

Writes the card of a data set (README.md) again, from the files in DIR: a run of generate or evolve.
The Hub and Python's datasets read from it which files to load. No model is asked.

Examples:
  fellowship card out/loop

Options:
  --help               this text
`;

export async function run(argv: readonly string[]): Promise<number> {
  const { positionals } = parseOptions(argv, usage, {});
  const [directory, ...others] = positionals;
  if (directory === undefined || others.length > 0) {
    throw new FellowshipError("bad_usage", `Expected one directory.\n${usage}`);
  }
  const { rewriteCard } = await import("../../runs/card/rewrite-card.ts");
  process.stdout.write(`${await rewriteCard(directory)}\n`);
  return 0;
}
