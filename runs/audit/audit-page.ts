import { markdownTable } from "../../datasets/export/markdown-table.ts";
import type { RowCounts } from "../../state/row-result.ts";
import type { AuditFigures } from "./audit-figures.ts";
import { flagNames, type FlagName } from "./flag-pair.ts";

const meanings: Readonly<Record<FlagName, string>> = {
  flipped: "the evaluator prefers the rejected response, by more than the threshold",
  tied: "the evaluator finds neither response better",
  identical: "chosen and rejected are the same text; no model was asked",
  truncated: "a response ends in the middle",
  refused: "a response declines the request",
  duplicate: "the same prompt and responses stand in an earlier row",
  leaked: "template tokens or words of the making in a response, or a held-out prompt",
  "length-driven": "chosen is much longer, and the evaluator does not prefer it",
};

/** `audit.md`: the suspects by reason, and what became of them. */
export function auditPage(figures: AuditFigures, { rows, done }: RowCounts): string {
  const { threshold, flags, curve, pairs } = figures;
  const missing = rows === done ? [] : [`${rows - done} of ${rows} rows have no result.`];
  return [
    "# Audit of a preference set",
    [...auditLines(figures), ...missing].join("\n"),
    markdownTable(
      ["flag", "pairs", "share", "meaning"],
      flagNames.map((name) => [
        name,
        String(flags[name]),
        share(flags[name], pairs),
        meanings[name],
      ]),
    ),
    "A pair may have several flags. `suspects.jsonl` has each suspect with its reasons; " +
      "`corrected.jsonl` has the input's own rows, with flipped labels turned and the pairs left " +
      "out that teach nothing good.",
    "## Flipped labels by threshold",
    `This audit took ${roundedThreshold(threshold)}. A disagreement is the mean margin of the ` +
      "evaluator's votes, as a share of its scale; 1 where a vote has no scores.",
    markdownTable(
      ["disagreement above", "flagged", "share", "precision, estimated", "recall, estimated"],
      curve.map((at) => [
        String(at.threshold),
        String(at.flipped),
        share(at.flipped, pairs),
        percentOf(at.precision),
        percentOf(at.recall),
      ]),
    ),
    estimateText(figures),
    "A flag is the evaluator's opinion. Measure the evaluator on pairs with people's labels before " +
      "you rely on it (`fellowship evaluate`).",
    "",
  ].join("\n\n");
}

function estimateText({ flippedShare, chosenAlwaysFirst }: AuditFigures): string {
  if (flippedShare !== null) {
    return (
      `About ${percentOf(flippedShare)} of the labels are flipped, by an estimate that takes the ` +
      "evaluator's clearest verdicts to be right. Precision is the share of the flagged labels that " +
      "are flipped, recall the share of the flipped labels that are flagged. Where the clearest " +
      "verdicts are wrong too, the share and the precision are too high."
    );
  }
  const why = chosenAlwaysFirst
    ? "the evaluator saw the chosen response first in every pair"
    : "it takes 50 pairs, verdicts of three strengths, and an evaluator that agrees with most labels";
  return `How many labels are flipped can't be estimated here: ${why}.`;
}

/** The audit in a few sentences. */
export function auditLines(figures: AuditFigures): string[] {
  const { pairs, suspects, flags, corrected, unread, longerChosen, chosenAlwaysFirst } = figures;
  const { flippedShare } = figures;
  const named = flagNames
    .filter((name) => flags[name] > 0)
    .map((name) => `${flags[name]} ${name}`)
    .join(", ");
  const { keep, swap, drop } = corrected;
  const lines = [
    `${suspects} of ${pairs} pairs are suspect${named === "" ? "." : `: ${named}.`}`,
    `Corrected set: ${keep + swap} pairs (${keep} kept as they are, ${swap} turned); ${drop} left out.`,
  ];
  if (unread > 0)
    lines.push(
      `${unread} pairs have no readable verdict, and were kept unless their texts are suspect.`,
    );
  if (longerChosen !== null) {
    const { value, low, high } = longerChosen;
    const percent = (part: number) => (100 * part).toFixed(0);
    lines.push(
      `The longer response is chosen in ${percent(value)} % of the pairs (${percent(low)} to ${percent(high)} %).`,
    );
  }
  if (flippedShare !== null) {
    lines.push(
      `About ${percentOf(flippedShare)} of the labels are flipped, by an estimate from the ` +
        "evaluator's clearest verdicts; audit.md has more.",
    );
  }
  if (chosenAlwaysFirst) {
    lines.push(
      "The evaluator saw the chosen response first in every pair: its position bias can't be told " +
        "from agreement. Ask both orders with --set orders=both.",
    );
  }
  return lines;
}

/** A threshold that was estimated has many digits. */
function roundedThreshold(threshold: number): string {
  return String(Math.round(threshold * 1000) / 1000);
}

function percentOf(value: number | null): string {
  return value === null ? "–" : `${(100 * value).toFixed(0)} %`;
}

function share(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`;
}
