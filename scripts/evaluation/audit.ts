import { FellowshipError } from "../../state/fellowship-error.ts";
import { findFile } from "../../state/files/find-file.ts";
import {
  readOwnOptions,
  refuseSentinel,
  refuseShard,
  runOptionsHelp,
} from "../command-line/run-options.ts";

const usage = "Usage: fellowship audit PAIRS --evaluator FILE --out DIR [options]";
export const help = `${usage}

Audits a preference set that exists already: suspect pairs with the reasons, and a corrected set.
A pair is suspect as flipped (the evaluator clearly prefers the rejected response), tied,
identical, truncated, refused, duplicate, leaked (template tokens or words about a revision in a
response, or a held-out prompt), or length-driven (chosen is much longer and not preferred).

PAIRS is a file or an address as for --input: rows with chosen and rejected (texts or messages), or
with a, b and a label.

The corrected set has the input's own rows: flipped labels turned; pairs that are tied, identical,
duplicate or leaked, or whose better response is truncated or refused, left out.

Examples:
  fellowship audit dpo.jsonl --evaluator jury --set orders=both --out out/audit --dry-run
  fellowship audit hf://trl-lib/ultrafeedback_binarized --evaluator judge.yaml \\
    --limit 500 --out out/audit
  fellowship audit dpo.jsonl --evaluator judge --held-out mt-bench/question.jsonl --out out/audit

Options:
  --evaluator FILE     the evaluator topology; both orders are asked unless its file names one, as
                       the presets do (--set orders=both asks both)
  --threshold T        the margin, as a share of the evaluator's scale, above which a label counts
                       as flipped (default 0.1; from 0 up to 1); changing it later asks nothing
                       again
  --precision P        in place of a threshold: the lowest one at which this share of the flagged
                       labels is estimated to be flipped (such as 0.6; see docs/audit.md)
  --held-out FILE      prompts that the set must not hold, such as a benchmark's (repeatable)
  --out DIR            where everything goes: suspects.jsonl, corrected.jsonl, audit.md, rows.jsonl
${runOptionsHelp}
`;

export async function run(argv: readonly string[]): Promise<number> {
  const { options, own } = readOwnOptions(argv, usage, {
    own: {
      evaluator: { type: "string" },
      threshold: { type: "string" },
      precision: { type: "string" },
      "held-out": { type: "string", multiple: true },
    },
    positional: "PAIRS",
    takesInput: false,
  });
  refuseSentinel(options, "audit");
  refuseShard(options, "audit", "a label is suspect or not by all pairs together");
  const [pairs = "", ...others] = options.topologies;
  if (others.length > 0) {
    throw new FellowshipError(
      "bad_usage",
      `Expected one file of pairs, got ${others.length + 1}.\n${usage}`,
    );
  }
  const evaluator = own["evaluator"];
  if (typeof evaluator !== "string") {
    throw new FellowshipError("bad_usage", `--evaluator FILE is missing.\n${usage}`);
  }
  const asked = {
    ...options,
    input: findFile(pairs),
    ...strictnessOf(own),
    heldOut: ((own["held-out"] ?? []) as readonly string[]).map((path) => findFile(path)),
  };
  const { audit, forecastAudit } = await import("../../runs/audit/audit.ts");
  if (options.dryRun) {
    const { printForecast } = await import("../command-line/print-forecast.ts");
    const forecast = await forecastAudit(evaluator, asked);
    printForecast([["", forecast]], options);
    return forecast.input?.usable === 0 ? 2 : 0;
  }
  const { auditLines } = await import("../../runs/audit/audit-page.ts");
  const { cascadesText } = await import("../../report/cascade-text.ts");
  const { printEnd } = await import("../command-line/print-end.ts");
  const { wrapped } = await import("../command-line/wrapped.ts");
  const end = await audit(evaluator, asked);
  const people = options.json ? process.stderr : process.stdout;
  const lines = [
    wrapped(auditLines(end.summary.audit).join("\n"), people),
    ...cascadesText(end.summary.cascades ?? []),
    "",
  ];
  people.write(`${lines.join("\n")}\n`);
  printEnd(end, options);
  return end.exitCode;
}

/** What decides how clear a disagreement has to be: a threshold or a precision. */
function strictnessOf(own: Readonly<Record<string, unknown>>) {
  const threshold = shareOf("--threshold", own["threshold"]);
  const precision = shareOf("--precision", own["precision"]);
  if (threshold === undefined || precision === undefined) return { threshold, precision };
  throw new FellowshipError(
    "bad_usage",
    "--threshold and --precision: expected one of them, got both. --precision chooses a threshold.",
  );
}

function shareOf(option: string, text: unknown): number | undefined {
  if (typeof text !== "string") return undefined;
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value < 1) return value;
  throw new FellowshipError(
    "bad_usage",
    `${option}: expected a number from 0 up to 1 (1 excluded), got "${text}".`,
  );
}
