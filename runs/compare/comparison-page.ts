import { markdownTable } from "../../datasets/export/markdown-table.ts";
import type { RowCounts } from "../../state/row-result.ts";
import type { Estimate } from "../../statistics/estimates/interval.ts";
import type { Comparison } from "./comparison.ts";
import { counted } from "../../state/counted.ts";

/** `comparison.md`: the verdicts in words, then the tables. */
export function comparisonPage(comparison: Comparison, { rows, done }: RowCounts): string {
  const { items, differences, matrix, identical, by } = comparison;
  const missing =
    rows === done
      ? ""
      : ` ${rows - done} of ${counted(rows, "pair")} ${rows - done === 1 ? "has" : "have"} no ` +
        "result.";
  const same =
    identical === 0
      ? ""
      : ` ${counted(identical, "pair")} of identical responses ` +
        `${identical === 1 ? "counts as a tie" : "count as ties"}.`;
  return [
    "# Comparison",
    [
      "Intervals are 95 % and take prompts for independent.",
      `A win rate is wins over all decided and tied pairs.${same}${missing}`,
    ].join(" "),
    differences.map(({ verdict }) => `- ${cell(verdict)}`).join("\n"),
    markdownTable(
      ["run", "win rate", "wins", "losses", "ties", "strength", "tokens", "dollars", "seconds"],
      items.map(({ name, figures }) => [
        name,
        rate(figures.winRate),
        String(figures.wins),
        String(figures.losses),
        String(figures.ties),
        strength(figures.strength),
        figures.meanTokens?.toFixed(0) ?? "–",
        figures.usd?.toFixed(4) ?? "–",
        figures.secondsPerPrompt?.toFixed(2) ?? "–",
      ]),
    ),
    "Strength is Bradley and Terry's, in log-odds. Tokens and seconds are per prompt.",
    ...(items.length < 3
      ? []
      : [
          "## Win rate of the row against the column",
          markdownTable(
            ["", ...items.map(({ name }) => name)],
            items.map(({ name }, row) => [name, ...(matrix[row] ?? []).map(rate)]),
          ),
        ]),
    ...(by === undefined
      ? []
      : [
          `## Win rates by ${cell(by.field)}`,
          markdownTable(
            [by.field, "prompts", ...items.map(({ name }) => name)],
            by.values.map(({ value, prompts, items: rates }) => [
              value,
              String(prompts),
              ...rates.map(({ winRate }) => rate(winRate)),
            ]),
          ),
        ]),
    "",
  ].join("\n\n");
}

function rate(estimate: Estimate | null): string {
  if (estimate === null) return "–";
  const percent = (share: number) => (100 * share).toFixed(1);
  const { value, low, high } = estimate;
  return `${percent(value)} % [${percent(low)}, ${percent(high)}]`;
}

function strength(figure: Comparison["items"][number]["figures"]["strength"]): string {
  if (figure === undefined) return "–";
  if (figure.value === null) return "undefined: some runs never lost to the others";
  if (figure.low === null) return figure.value.toFixed(2);
  return `${figure.value.toFixed(2)} [${figure.low.toFixed(2)}, ${figure.high.toFixed(2)}]`;
}

/** Names and values come from others: nothing of them becomes a mark, a tag or a line. */
function cell(text: string): string {
  return text.replace(/[\r\n]+/g, " ").replace(/[\\|`*_<>[\]]/g, (mark) => `\\${mark}`);
}
