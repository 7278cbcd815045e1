import type { JuryFigures } from "../../statistics/jury/jury-figures.ts";
import type { FigureTable } from "./figure.ts";

const calibrated = {
  labels: "fitted to people's labels",
  flips: "from the jurors' flips, without labels",
  none:
    "alike, because no juror was asked in both orders or all flip like coins; run with --set " +
    "orders=both",
} as const;

/** How a jury counts its jurors, in words: the part of a sentence. */
export function juryWords({ aggregate, weightsFrom, labels }: JuryFigures): string {
  if (aggregate === "weighted") return "votes are counted by the weights of the topology";
  if (aggregate !== "calibrated") return "every juror counts alike";
  const from = weightsFrom === "topology" ? "none" : weightsFrom;
  const rows = from === "labels" ? ` (${labels} rows)` : "";
  return `the weights are ${calibrated[from]}${rows}`;
}

/** A row for each juror; columns that say nothing of this jury are left out. */
export function juryTable({ aggregate, jurors }: JuryFigures): FigureTable {
  const isCalibrated = aggregate === "calibrated";
  const hasKappa = jurors.some(({ kappa }) => kappa !== undefined);
  const column = (isShown: boolean, text: string) => (isShown ? [text] : []);
  const head = ["juror", "weight", ...column(isCalibrated, "scale"), "flips", "read"];
  return {
    head: [...head, ...column(hasKappa, "kappa alone")],
    rows: jurors.map(({ name, weight, scale, flipped, asked, read, kappa }) => [
      name,
      percent(weight),
      ...column(isCalibrated, scale === null ? "–" : scale.toFixed(2)),
      asked === 0 ? "not asked" : `${flipped} of ${asked}`,
      String(read),
      ...column(hasKappa, kappa?.toFixed(3) ?? "–"),
    ]),
  };
}

/** One sentence or two for each warning: the fact, then the remedy. */
export function juryWarnings({
  aggregate,
  worseThan,
  fooledAlike,
  unsteady,
}: Pick<JuryFigures, "aggregate" | "worseThan" | "fooledAlike" | "unsteady">): string[] {
  return [
    ...(worseThan === undefined ? [] : [worseText(worseThan)]),
    ...fooledAlike.map(fooledText),
    ...unsteady.map((one) => unsteadyText(one, aggregate === "calibrated")),
  ];
}

function unsteadyText(
  { juror, share, low, high, rows }: JuryFigures["unsteady"][number],
  isCalibrated: boolean,
): string {
  const other = isCalibrated ? "" : ", or use aggregate: calibrated, which weighs jurors by this";
  return (
    `UNSTEADY: ${juror} names the other side in ${percent(share)} [${tenths(low)}, ` +
    `${tenths(high)}] of ${rows} pairs when the responses change places; a coin does in 50 %. ` +
    `Replace it${other}.`
  );
}

function worseText({
  juror,
  difference,
  low,
  high,
}: NonNullable<JuryFigures["worseThan"]>): string {
  return (
    `WORSE THAN ONE: ${juror} alone agrees with people better than the jury, beyond noise: ` +
    `kappa ${difference.toFixed(3)} higher [${low.toFixed(3)}, ${high.toFixed(3)}]. Use ` +
    `${juror} as the judge, or leave out the jurors with the lowest weights.`
  );
}

function fooledText({
  jurors: [one, other],
  by,
  share,
  expected,
  rows,
}: JuryFigures["fooledAlike"][number]): string {
  const [of, allowed] = [percent(share), percent(expected)];
  return by === "labels"
    ? `FOOLED ALIKE: ${one} and ${other} are wrong together in ${of} of ${rows} labelled ` +
        `rows, where jurors who share nothing but hard rows are at most in ${allowed}. They are ` +
        "no two opinions; replace one."
    : `FOOLED ALIKE: ${one} and ${other} name the same side in ${of} of ${rows} readings, ` +
        `where their flips allow ${allowed} at most. They share a habit; labels on 20 rows ` +
        "would show how much each is worth.";
}

function percent(share: number): string {
  return `${tenths(share)} %`;
}

function tenths(share: number): string {
  return (100 * share).toFixed(1);
}
