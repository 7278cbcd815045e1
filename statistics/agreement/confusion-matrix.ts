import { contingencyOf } from "./contingency.ts";
import { sumRows } from "../estimates/observations.ts";

/**
 * Counts of rows: the expected label, then the label it was given. Every category is there, also
 * with 0 rows.
 */
export type ConfusionMatrix<L extends string> = Record<L, Record<L, number>>;

/**
 * Counts how often each expected label was given each label. `categories` and `rowCounts` as in
 * `AgreementOptions`; throws `bad_input` for a label that is not among them, or where the lengths
 * differ.
 */
export function confusionMatrix<L extends string>(
  expected: readonly L[],
  given: readonly L[],
  categories?: readonly L[],
  rowCounts?: readonly number[],
): ConfusionMatrix<L> {
  const { observations, categories: all } = contingencyOf(expected, given, {
    categories,
    counts: rowCounts,
  });
  const counts = sumRows(observations);
  const lines = all.map((label, row) => {
    const cells = all.map((other, column) => [other, counts[row * all.length + column]]);
    return [label, Object.fromEntries(cells)];
  });
  return Object.fromEntries(lines) as ConfusionMatrix<L>;
}
