import type { AgreementFigure, AgreementOptions, UndefinedReason } from "./agreement-figure.ts";
import { countLabels, presentLabels } from "./count-labels.ts";
import { createLabelCodes, type Label } from "./label-codes.ts";
import { labelPairs } from "./label-pairs.ts";
import { sumRows } from "../estimates/observations.ts";
import { measureFigure } from "./summed-statistic.ts";

/** Places in the sums before the categories' shares. */
const agreementCell = 0;
const pairedRowsCell = 1;
const ratedRowsCell = 2;
const firstShareCell = 3;

/**
 * Gwet's AC1: agreement beyond chance of two raters or more, some of which may have left rows out.
 * Unlike kappa it stays high where raters agree and one label is rare.
 *
 * `rows` holds the labels of each row; null and undefined are missing. Chance depends on how many
 * labels there may be: name all `categories`, also those that were not used. `n` is the number of
 * rows with two labels or more; a row with one counts for the shares of the labels only. Undefined
 * as `one_rater` where no row has two labels, and as `one_class` where there is only one category.
 *
 * Source: Gwet, "Computing inter-rater reliability and its variance in the presence of high
 * agreement", 2008.
 */
export function gwetAc1(
  rows: readonly (readonly (Label | null | undefined)[])[],
  { categories, interval, clusters, counts }: AgreementOptions = {},
): AgreementFigure {
  const labels = presentLabels(rows);
  const codes = createLabelCodes(labels, categories);
  const counted = rows.map((row) => countLabels(row, codes));
  const isRated = counted.map((row) => row.length > 0);
  const rated = {
    rows: counted.filter((_, row) => isRated[row]).map(termsOf),
    width: firstShareCell + codes.categories.length,
    clusters: clusters?.filter((_, row) => isRated[row]),
    counts: counts?.filter((_, row) => isRated[row]),
  };
  const n = sumRows(rated)[pairedRowsCell]!;
  const size = codes.categories.length;
  return measureFigure(
    {
      observations: {
        ...rated,
        prior: labelPairs(codes.categories).map((pair) => termsOf(countLabels(pair, codes))),
      },
      valueOf: (sums) => ac1OfSums(sums, size),
    },
    { n, interval },
  );
}

function termsOf(counts: readonly [code: number, count: number][]): [number, number][] {
  const labels = counts.reduce((sum, [, count]) => sum + count, 0);
  const shares = counts.map(([code, count]): [number, number] => [
    firstShareCell + code,
    count / labels,
  ]);
  if (labels < 2) return [[ratedRowsCell, 1], ...shares];
  const agreeing = counts.reduce((sum, [, count]) => sum + count * (count - 1), 0);
  return [
    [agreementCell, agreeing / (labels * (labels - 1))],
    [pairedRowsCell, 1],
    [ratedRowsCell, 1],
    ...shares,
  ];
}

function ac1OfSums(sums: Float64Array, size: number): number | UndefinedReason {
  const ratedRows = sums[ratedRowsCell]!;
  const pairedRows = sums[pairedRowsCell]!;
  if (ratedRows === 0) return "no_rows";
  if (pairedRows === 0) return "one_rater";
  if (size < 2) return "one_class";
  let spread = 0;
  for (let code = 0; code < size; code++) {
    const share = sums[firstShareCell + code]! / ratedRows;
    spread += share * (1 - share);
  }
  const expected = spread / (size - 1);
  return (sums[agreementCell]! / pairedRows - expected) / (1 - expected);
}
