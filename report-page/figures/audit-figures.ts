import { countsAt, listAt, numberAt } from "../read/summary-values.ts";
import { flagMeanings, wholePercentage } from "./audit-words.ts";
import { habitsFigure } from "./evaluation-figures.ts";
import type { Figure } from "./figure.ts";
import { shortText, wholeText } from "./number-text.ts";
import { barPlot, linePlot } from "./plot-specs.ts";

/**
 * The figures of an audit: suspect pairs by flag, the evaluator against the labels, flipped labels
 * by threshold, and the evaluator's habits.
 */
export function auditFigures(summary: unknown): Figure[] {
  return [
    ...flagsFigure(summary),
    ...labelsFigure(summary),
    ...curveFigure(summary),
    ...habitsFigure(summary, { isAudit: true }),
  ];
}

function flagsFigure(summary: unknown): Figure[] {
  const flags = countsAt(summary, "audit", "flags");
  const pairs = numberAt(summary, "audit", "pairs") ?? 0;
  if (flags.length === 0 || pairs === 0) return [];
  const meanings: Readonly<Record<string, string>> = flagMeanings;
  return [
    {
      id: "flags",
      title: "Suspect pairs by flag",
      explanation:
        `Of ${wholeText(pairs)} pairs; a pair may have several flags. Few are good. ` +
        "Look at some rows of each long bar before you use the corrected set.",
      spec: barPlot(
        flags.map(([name, value]) => ({ name, value, label: wholeText(value) })),
        { title: "pairs" },
      ),
      table: {
        head: ["Flag", "Pairs", "Share", "Meaning"],
        rows: flags.map(([name, value]) => [
          name,
          wholeText(value),
          `${((100 * value) / pairs).toFixed(1)} %`,
          meanings[name] ?? "",
        ]),
      },
    },
  ];
}

const sides = ["a", "b", "tie"] as const;

/** How often the evaluator prefers the chosen response, whichever side that is. */
function labelsFigure(summary: unknown): Figure[] {
  const confusion = (label: string, winner: string) =>
    numberAt(summary, "agreement", "confusion", label, winner) ?? 0;
  const bars = [
    ["prefers chosen", confusion("a", "a") + confusion("b", "b")],
    ["prefers rejected", confusion("a", "b") + confusion("b", "a")],
    ["tie", sides.reduce((sum, label) => sum + confusion(label, "tie"), 0)],
    ["unreadable", numberAt(summary, "wins", "none") ?? 0],
  ] as const;
  if (bars.every(([, rows]) => rows === 0)) return [];
  return [
    {
      id: "labels",
      title: "The evaluator against the labels",
      explanation:
        "Pairs by the evaluator's preference. Where rejected is preferred nearly as often as " +
        "chosen, the columns may be swapped, or the evaluator sees something else than the labels.",
      spec: barPlot(
        bars.map(([name, value]) => ({ name, value, label: wholeText(value) })),
        { title: "pairs" },
      ),
      table: {
        head: ["The evaluator", "Pairs"],
        rows: bars.map(([name, value]) => [name, wholeText(value)]),
      },
    },
  ];
}

function curveFigure(summary: unknown): Figure[] {
  const points = listAt(summary, "audit", "curve").flatMap((point) => {
    const [threshold, flipped] = [numberAt(point, "threshold"), numberAt(point, "flipped")];
    if (threshold === null || flipped === null) return [];
    const [precision, recall] = [numberAt(point, "precision"), numberAt(point, "recall")];
    return [{ threshold, flipped, precision, recall }];
  });
  const taken = numberAt(summary, "audit", "threshold") ?? 0;
  if (points.length < 2) return [];
  return [
    {
      id: "thresholds",
      title: "Flipped labels by threshold",
      explanation:
        `Pairs flagged as flipped, by how clearly the evaluator prefers the rejected response. ` +
        `This audit took ${shortText(taken, 3)}. A higher threshold flags fewer pairs, and of ` +
        "those more are truly flipped.",
      spec: linePlot(
        points.map(({ threshold, flipped }) => ({
          name: shortText(threshold, 3),
          value: flipped,
          low: null,
          high: null,
        })),
        { title: "pairs flagged", of: "threshold, as a share of the scale" },
      ),
      table: {
        head: ["Threshold", "Flagged", "Precision, estimated", "Recall, estimated"],
        rows: points.map(({ threshold, flipped, precision, recall }) => [
          shortText(threshold, 3),
          wholeText(flipped),
          wholePercentage(precision),
          wholePercentage(recall),
        ]),
      },
    },
  ];
}
