import { FellowshipError } from "../../state/fellowship-error.ts";
import { parseOptions } from "../command-line/parse-options.ts";
import { wholeNumber } from "../command-line/run-options.ts";

const usage =
  "Usage: fellowship show DIR (--row N | --id X | --where CONDITIONS) [--limit N] [--list] " +
  "[--json]";
export const help = `${usage}

Shows rows of a run in full: every version with the review between, each verdict with the judge's
own words, the pairs, why a row was kept or dropped, and its tokens and dollars. Works while the
run goes on, and on one that was interrupted. No model is asked.

Examples:
  fellowship show out/loop --row 17
  fellowship show out/judge --where disagree
  fellowship show out/judge --where disagree,margin\\<1 --list
  fellowship show out/loop --where failed
  fellowship show out/loop --where 'category=coding,round=3'

Options:
  --row N              the row in this place of the input, from 1
  --id X               the rows with this id
  --where CONDITIONS   rows that meet all of these, parted by commas:
                       a mark: tie, flipped, failed, unreadable, disagrees (with people, or with
                       the labels of an audited set), small-margin, no-pair, ended-early;
                       "not tie" for the other rows
                       a figure: row, margin, round, tokens, usd, calls, with <, <=, =, !=, >= or >
                       a text: id, winner, label, reason, outcome, or a field of the input, with =
                       or !=
  --limit N            at most N rows in full (10); the list before them names all
  --list               only the list
  --prices FILE        a price table of your own, as the run had it
  --json               the rows as one JSON object
  --help               this text
`;

const options = {
  row: { type: "string" },
  id: { type: "string" },
  where: { type: "string", multiple: true },
  limit: { type: "string" },
  list: { type: "boolean" },
  prices: { type: "string" },
  json: { type: "boolean" },
} as const;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions(argv, usage, options);
  const [directory, ...others] = positionals;
  if (directory === undefined) throw badUsage("DIR is missing.");
  if (others.length > 0) throw badUsage(`expected one DIR, got ${positionals.join(", ")}.`);
  const row = wholeNumber(values.row, "--row");
  const { id, where, prices } = values;
  if (row === undefined && id === undefined && where === undefined) {
    throw badUsage("expected --row N, --id X or --where CONDITIONS, found none of them.");
  }
  const { lookUpRows } = await import("../../runs/look/look-up-rows.ts");
  const found = await lookUpRows(directory, { row, id, where: where?.join(","), prices });
  if (values.json === true) {
    const rows = found.map(({ sheet, entry }) => ({ ...sheet, marks: [...entry.marks] }));
    process.stdout.write(`${JSON.stringify({ rows })}\n`);
    return 0;
  }
  const { foundRowsText } = await import("../../report/found-rows-text.ts");
  const { printable } = await import("../../runs/progress/progress.ts");
  const limit = wholeNumber(values.limit, "--limit") ?? 10;
  const { columns } = process.stdout;
  const isList = where !== undefined;
  const shown = { directory, limit: values.list === true ? 0 : limit, isList, columns };
  process.stdout.write(printable(foundRowsText(found, shown)));
  return 0;
}

function badUsage(problem: string): FellowshipError {
  return new FellowshipError("bad_usage", `${problem}\n${usage}`);
}
