import { FellowshipError } from "../../state/fellowship-error.ts";
import type { AgreementFigure, AgreementOptions } from "./agreement-figure.ts";
import { countLabels } from "./count-labels.ts";
import { createLabelCodes, type Label } from "./label-codes.ts";
import type { RowTerms } from "../estimates/observations.ts";
import { labelPairs } from "./label-pairs.ts";
import { measureFigure } from "./summed-statistic.ts";

/**
 * Fleiss' kappa: agreement among several raters beyond chance, where every row has the same number
 * of labels. Who gave which label does not count, so the raters need not be the same people from
 * row to row.
 *
 * `rows` holds the labels of each row. Undefined as `one_rater` where rows have fewer than two
 * labels and as `one_class` where all labels are the same. Throws `bad_input` where rows have
 * different numbers of labels (`krippendorffAlpha` takes those).
 *
 * Source: Fleiss, "Measuring Nominal Scale Agreement Among Many Raters", 1971.
 */
export function fleissKappa(
  rows: readonly (readonly Label[])[],
  { categories, interval, clusters }: AgreementOptions = {},
): AgreementFigure {
  const n = rows.length;
  const raters = rows[0]?.length ?? 0;
  const uneven = rows.findIndex((labels) => labels.length !== raters);
  if (uneven !== -1) {
    throw new FellowshipError(
      "bad_input",
      `Expected ${raters} labels in every row, as in the first, got ${rows[uneven]!.length} ` +
        `in row ${uneven + 1}. Use krippendorffAlpha where the numbers differ.`,
      { facts: { row: uneven + 1, expected: raters, found: rows[uneven]!.length } },
    );
  }
  if (n === 0) return { value: null, n, reason: "no_rows" };
  if (raters < 2) return { value: null, n, reason: "one_rater" };
  const codes = createLabelCodes(rows.flat(), categories);
  const terms = rows.map((labels) => termsOf(countLabels(labels, codes)));
  // As many labels as a row has, half of them of either of two.
  const prior = labelPairs(codes.categories).map((pair) =>
    termsOf(countLabels(pair, codes).map(([code, count]) => [code, (count * raters) / 2])),
  );
  return measureFigure(
    {
      observations: { rows: terms, width: 1 + codes.categories.length, prior, clusters },
      valueOf: (sums) => fleissOfSums(sums, raters),
    },
    { n, interval },
  );
}

function termsOf(counts: readonly (readonly [code: number, count: number])[]): RowTerms {
  const agreeing = counts.reduce((sum, [, count]) => sum + count * (count - 1), 0);
  return [[0, agreeing], ...counts.map(([code, count]) => [1 + code, count] as const)];
}

/** `sums`: ordered pairs of raters who agree, then the number of labels in each category. */
function fleissOfSums(sums: Float64Array, raters: number): number | "one_class" {
  const [agreeing = 0, ...perCategory] = sums;
  const labels = perCategory.reduce((sum, count) => sum + count, 0);
  if (perCategory.includes(labels)) return "one_class";
  const observed = agreeing / (labels * (raters - 1));
  const expected = perCategory.reduce((sum, count) => sum + (count / labels) ** 2, 0);
  return (observed - expected) / (1 - expected);
}
