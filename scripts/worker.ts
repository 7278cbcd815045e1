import { FellowshipError } from "../state/fellowship-error.ts";
import { parseOptions } from "./command-line/parse-options.ts";

const usage = "Usage: fellowship worker --of-run";
export const help = `${usage}

Takes rows through their graphs for the run that started it with --workers N. It is started by that run,
and ends with it; there is no need to give this command.

Examples:
  fellowship generate feedback-loop --input prompts.jsonl --out out/loop --workers 2

Options:
  --of-run             talk to the run that started this process
  --help               this text
`;

const options = { "of-run": { type: "boolean" } } as const;

export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseOptions(argv, usage, options);
  if (values["of-run"] !== true || process.send === undefined) {
    throw new FellowshipError(
      "bad_usage",
      `worker is started by a run with --workers N, and not by itself.\n${usage}`,
    );
  }
  const { serveRows } = await import("../runs/worker-process/serve-rows.ts");
  await serveRows();
  // Rows that are under way have nobody left to report to.
  setImmediate(() => process.exit());
  return 0;
}
