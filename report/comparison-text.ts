import type { ComparisonSummary } from "../runs/compare/comparison-outputs.ts";
import { printable } from "../runs/progress/progress.ts";
import { estimate, percentage } from "../statistics/estimates/figure-text.ts";
import { fittingTable } from "./text-table.ts";
import { counted } from "../state/counted.ts";

/** What a comparison is printed with: a line a run, then each pair's verdict in words. */
export function comparisonText({ comparison, done, rows }: ComparisonSummary): string {
  const { items, differences, identical, by } = comparison;
  const names = items.map(({ name }) => printable(name));
  const table = fittingTable(
    ["run", "win rate [95 %]", "wins", "losses", "ties", "strength [95 %]", "tokens", "dollars"],
    items.map(({ name, figures }) => [
      printable(name),
      percentage(figures.winRate),
      String(figures.wins),
      String(figures.losses),
      String(figures.ties),
      figures.strength === undefined ? "–" : estimate(figures.strength, 2),
      figures.meanTokens?.toFixed(0) ?? "–",
      figures.usd?.toFixed(4) ?? "–",
    ]),
  );
  const missing = rows === done ? [] : [`MISSING PAIRS: the figures rest on ${done} of ${rows}.`];
  const same =
    identical === 0
      ? []
      : [
          `${counted(identical, "pair")} of identical responses ` +
            `${identical === 1 ? "counts as a tie" : "count as ties"}.`,
        ];
  const byField =
    by === undefined
      ? []
      : [
          fittingTable(
            [printable(by.field), "prompts", ...names],
            by.values.map(({ value, prompts, items: rates }) => [
              printable(value),
              String(prompts),
              ...rates.map(({ winRate }) => percentage(winRate)),
            ]),
          ),
        ];
  const verdicts = differences.map(({ verdict }) => printable(verdict)).join("\n");
  return [...missing, table, ...byField, [verdicts, ...same].join("\n")].join("\n\n");
}
