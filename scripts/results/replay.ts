import { FellowshipError } from "../../state/fellowship-error.ts";
import { parseOptions } from "../command-line/parse-options.ts";
import { wholeNumber } from "../command-line/run-options.ts";

const usage = "Usage: fellowship replay DIR --row N [--brief] [--allow-code] [--json]";
export const help = `${usage}

Takes a row of a run through its graph again, call by call, with the answers in the run's journal,
and says whether the same bytes come out. Nothing is sent, nothing is written, and no key is
needed. It shows all that each model was asked, in the very words.

Examples:
  fellowship replay out/loop --row 17
  fellowship replay out/loop --row 17 --brief

Options:
  --row N              the row in this place of the input, from 1
  --brief              a line a call, without texts
  --allow-code         run nodes and topologies in code, which have all your rights, again
  --json               the result as one JSON object
  --help               this text

Exit codes: 0 the same bytes · 2 no such row, or nothing to replay · 3 another result · 7 journal
damaged.
`;

const options = {
  row: { type: "string" },
  brief: { type: "boolean" },
  "allow-code": { type: "boolean" },
  json: { type: "boolean" },
} as const;

/** The exit code of a replay that gives another row than the run. */
const differs = 3;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions(argv, usage, options);
  const [directory, ...others] = positionals;
  if (directory === undefined) throw badUsage("DIR is missing.");
  if (others.length > 0) throw badUsage(`expected one DIR, got ${positionals.join(", ")}.`);
  const row = wholeNumber(values.row, "--row");
  if (row === undefined) throw badUsage("--row N is missing.");
  const { replayRow } = await import("../../runs/replay/replay-row.ts");
  const { printable } = await import("../../runs/progress/progress.ts");
  const replay = await replayRow(directory, {
    row,
    allowCode: values["allow-code"] === true,
    onCode: (notice) => process.stderr.write(`${printable(notice)}\n`),
  });
  if (values.json === true) process.stdout.write(`${JSON.stringify({ row, ...replay })}\n`);
  else {
    const { replayText } = await import("../../report/replay-text.ts");
    const isBrief = values.brief === true;
    process.stdout.write(printable(replayText(replay, { directory, row, isBrief })));
  }
  return replay.isSame ? 0 : differs;
}

function badUsage(problem: string): FellowshipError {
  return new FellowshipError("bad_usage", `${problem}\n${usage}`);
}
