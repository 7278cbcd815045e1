import { counted } from "../../state/counted.ts";
import { flagMeanings, wholePercentage } from "../../report-page/figures/audit-words.ts";
import { auditResults } from "../../report-page/page/set-words.ts";
import { markdownTable } from "../../datasets/export/markdown-table.ts";
import type { RowCounts } from "../../state/row-result.ts";
import type { AuditFigures } from "./audit-figures.ts";
import { flagNames, type FlagName } from "./flag-pair.ts";

const meanings: Readonly<Record<FlagName, string>> = flagMeanings;

/** `audit.md`: the suspects by reason, and what became of them. */
export function auditPage(figures: AuditFigures, { rows, done }: RowCounts): string {
  const { threshold, flags, curve, pairs } = figures;
  const missing =
    rows === done
      ? []
      : [
          `${rows - done} of ${counted(rows, "row")} ${rows - done === 1 ? "has" : "have"} ` +
            "no result.",
        ];
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
        wholePercentage(at.precision),
        wholePercentage(at.recall),
      ]),
    ),
    estimateText(figures),
    "A flag is the evaluator's opinion. Measure the evaluator on pairs with people's labels " +
      "before you rely on it (`fellowship evaluate`).",
    "",
  ].join("\n\n");
}

function estimateText({ flippedShare, chosenAlwaysFirst }: AuditFigures): string {
  if (flippedShare !== null) {
    return (
      `About ${wholePercentage(flippedShare)} of the labels are flipped, by an estimate that ` +
      "takes the evaluator's clearest verdicts to be right. Precision is the share of the " +
      "flagged labels that are flipped, recall the share of the flipped labels that are " +
      "flagged. Where the clearest verdicts are wrong too, the share and the precision are too " +
      "high."
    );
  }
  const why = chosenAlwaysFirst
    ? "the evaluator saw the chosen response first in every pair"
    : "it takes 50 pairs, verdicts of three strengths, and an evaluator that agrees with most " +
      "labels";
  return `How many labels are flipped can't be estimated here: ${why}.`;
}

/** The audit in a few sentences. */
export function auditLines(figures: AuditFigures): string[] {
  const { unread, chosenAlwaysFirst } = figures;
  const lines = auditResults({ audit: figures });
  if (unread > 0) {
    const [have, were] = unread === 1 ? ["has", "was"] : ["have", "were"];
    lines.push(
      `${counted(unread, "pair")} ${have} no readable verdict, and ${were} kept unless the ` +
        "texts are suspect.",
    );
  }
  lines.push(...precisionText(figures));
  if (contradictsMany(figures)) {
    lines.push(
      "The evaluator contradicts the labels about as often as it agrees. Check the columns " +
        "and the evaluator before you use the corrected set.",
    );
  }
  if (chosenAlwaysFirst) {
    lines.push(
      "The evaluator saw the chosen response first in every pair: its position bias can't be " +
        "told from agreement. Ask both orders with --set orders=both.",
    );
  }
  return lines;
}

/** Chosen and rejected may have changed places, or the evaluator may see something else. */
function contradictsMany({ pairs, curve, flippedShare }: AuditFigures): boolean {
  const [atAll] = curve;
  return flippedShare === null && pairs >= 50 && (atAll?.flipped ?? 0) >= 0.4 * pairs;
}

/** What became of `--precision`. */
function precisionText({ precision, threshold, flippedShare }: AuditFigures): string[] {
  if (precision === null) return [];
  const asked = `a precision of ${wholePercentage(precision)}`;
  if (flippedShare === null) {
    return [
      `No threshold could be estimated for ${asked} (audit.md says why); it stays ${threshold}.`,
    ];
  }
  if (threshold >= 1) {
    return [`No threshold is estimated to reach ${asked}, so no label is flagged as flipped.`];
  }
  return [`The threshold ${roundedThreshold(threshold)} is estimated to reach ${asked}.`];
}

/** A threshold that was estimated has many digits. */
function roundedThreshold(threshold: number): string {
  return String(Math.round(threshold * 1000) / 1000);
}

function share(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`;
}
