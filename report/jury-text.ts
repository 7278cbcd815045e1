import type { JuryFigures } from "../statistics/jury/jury-figures.ts";
import { textTable } from "./text-table.ts";

const sources = {
  labels: "fitted to people's labels",
  flips: "from the jurors' flips, without labels",
  none: "alike, because no juror was asked in both orders or all flip like coins; run with --set orders=both",
} as const;

/** What a run found out about its calibrated jury, with its warnings. */
export function juryText({
  weightsFrom,
  labels,
  jurors,
  worseThan,
  fooledAlike,
}: JuryFigures): string[] {
  const from =
    weightsFrom === "labels" ? `${sources.labels} (${labels} rows)` : sources[weightsFrom];
  return [
    "",
    `jury: the weights are ${from}.`,
    textTable(
      ["juror", "weight", "scale", "flips", "read"],
      jurors.map(({ name, weight, scale, flipped, asked, read }) => [
        name,
        `${(100 * weight).toFixed(1)} %`,
        scale === null ? "–" : scale.toFixed(2),
        asked === 0 ? "not asked" : `${flipped} of ${asked}`,
        String(read),
      ]),
    ),
    ...(worseThan === undefined ? [] : [worseText(worseThan)]),
    ...fooledAlike.map(fooledText),
  ];
}

function worseText({
  juror,
  difference,
  low,
  high,
}: NonNullable<JuryFigures["worseThan"]>): string {
  return `WORSE THAN ONE: ${juror} alone agrees with people better than the jury, beyond noise: kappa ${difference.toFixed(3)} higher [${low.toFixed(3)}, ${high.toFixed(3)}]. Use ${juror} as the judge, or leave out the jurors with the lowest weights.`;
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
    ? `FOOLED ALIKE: ${one} and ${other} are wrong together in ${of} of ${rows} labelled rows, where jurors who share nothing but hard rows are at most in ${allowed}. They are no two opinions; replace one.`
    : `FOOLED ALIKE: ${one} and ${other} name the same side in ${of} of ${rows} readings, where their flips allow ${allowed} at most. They share a habit; labels on 20 rows would show how much each is worth.`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
