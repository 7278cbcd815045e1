import type { ReplicatedCell } from "../../runs/replicate/replicate.ts";
import { textTable } from "../../report/text-table.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { parseOptions } from "../command-line/parse-options.ts";

const usage = "Usage: fellowship replicate DATA [--json]";
export const help = `${usage}

The tables of evaluators of arXiv 2408.08688 from its recorded answers: every judge and debate runs
through its graph, juries are counted from what the judges said, and the published kappa stands
beside ours, cell by cell, with the reason where they differ. No model is asked.

Examples:
  fellowship replicate ../shared/data
  fellowship replicate ../shared/data --json

DATA holds fair-eval/, alpaca-eval/, generation/ (pairs and cassettes) and expected.json (the
published figures).
`;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions(argv, usage, {
    json: { type: "boolean" },
  });
  const [data, ...others] = positionals;
  if (data === undefined || others.length > 0) {
    throw new FellowshipError("bad_usage", `Expected the folder of the recorded data.\n${usage}`);
  }
  const { replicateAgreement, replicateWins } = await import("../../runs/replicate/replicate.ts");
  const cells: ReplicatedCell[] = [];
  for await (const cell of replicateAgreement(data)) cells.push(cell);
  const wins = [];
  for await (const one of replicateWins(data)) wins.push(one);
  if (values.json === true) {
    process.stdout.write(`${JSON.stringify({ cells, wins })}\n`);
    return 0;
  }
  process.stdout.write(`${cellsTable(cells)}\n\n${reasonsText(cells)}\n\n${winsTable(wins)}\n`);
  return 0;
}

function cellsTable(cells: readonly ReplicatedCell[]): string {
  const reasons = [...new Set(cells.map(({ reason }) => reason).filter((reason) => reason !== ""))];
  return textTable(
    ["data", "evaluator", "models", "n", "published", "ours", "difference", "accuracy", "why"],
    cells.map(({ dataset, strategy, models, n, published, kappa, accuracy, reason }) => [
      dataset,
      strategy,
      models.join(" + "),
      String(n),
      published.toFixed(6),
      kappa?.toFixed(6) ?? "undefined",
      kappa === null ? "" : (kappa - published).toFixed(6).replace(/^-(0\.0+)$/, "$1"),
      accuracy?.toFixed(3) ?? "undefined",
      reason === "" ? "" : `(${reasons.indexOf(reason) + 1})`,
    ]),
  );
}

function reasonsText(cells: readonly ReplicatedCell[]): string {
  const same = cells.filter(({ reason }) => reason === "").length;
  const reasons = [...new Set(cells.map(({ reason }) => reason).filter((reason) => reason !== ""))];
  return [
    `${same} of ${cells.length} cells are as published.`,
    ...reasons.map((reason, index) => `(${index + 1}) ${reason}`),
  ].join("\n");
}

function winsTable(
  wins: readonly { name: string; rows: number; wins: Record<string, number>; published: number }[],
): string {
  return textTable(
    [
      "loop against",
      "rows",
      "loop wins",
      "single wins",
      "ties",
      "unreadable",
      "published loop wins",
    ],
    wins.map(({ name, rows, wins: { a, b, tie, none }, published }) =>
      [name, rows, a, b, tie, none, published].map(String),
    ),
  );
}
