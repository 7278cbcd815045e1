import { existsSync } from "node:fs";
import { join } from "node:path";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { parseOptions } from "../command-line/parse-options.ts";

const usage = "Usage: fellowship status DIR [DIR …] [--json]";
export const help = `${usage}

Shows the state of a run: rows, failures by reason with the first detail, money known and unknown,
the results in words, whether the run can go on, and the command that does it. Works while the run
goes on, and on one that was killed. A directory with several runs stands for all of them.

Examples:
  fellowship status out/loop
  fellowship status out/*

Options:
  --prices FILE        a price table of your own, as the run had it
  --json               the state as one JSON object; of several runs, {"runs": [...]}
  --help               this text
`;

const options = { prices: { type: "string" }, json: { type: "boolean" } } as const;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions(argv, usage, options);
  if (positionals.length === 0) {
    throw new FellowshipError("bad_usage", `DIR is missing.\n${usage}`);
  }
  const { runsWithin } = await import("../../report-page/read/read-run.ts");
  const { stagesIn } = await import("../../runs/look/stages-in.ts");
  const { readRunState } = await import("../../runs/look/run-state.ts");
  const { statusText } = await import("../../report/status-text.ts");
  const { printable } = await import("../../runs/progress/progress.ts");
  const states = [];
  for (const directory of positionals) {
    const isRun =
      existsSync(join(directory, "journal.rows")) || (await stagesIn(directory)) !== null;
    const within = isRun ? [] : await runsWithin(directory);
    for (const path of within.length > 0 ? within : [directory]) {
      states.push(await readRunState(path, values.prices));
    }
  }
  if (values.json === true) {
    const [first, ...others] = states;
    process.stdout.write(`${JSON.stringify(others.length === 0 ? first : { runs: states })}\n`);
  } else process.stdout.write(printable(states.map(statusText).join("\n")));
  return 0;
}
