import { bootstrapInterval, type NoInterval } from "../estimates/bootstrap.ts";
import { signFlipPValue, type ClusteredValue } from "./sign-flip-test.ts";

/**
 * A mean difference with its 95 % interval and the two-sided p-value of there being none. Each is
 * made in its own way, so near 0.05 they may disagree.
 */
export type MeanDifference =
  | { readonly value: number; readonly low: number; readonly high: number; readonly p: number }
  | {
      readonly value: number;
      readonly low: null;
      readonly high: null;
      readonly p: null;
      readonly reason: NoInterval;
    };

/**
 * The mean of paired differences, its interval by the bootstrap over prompts
 * (`bootstrapInterval`) and its p-value by flipping signs (`signFlipPValue`): however clear a
 * difference, the p-value of the bootstrap stays above a few per cent. Null where there are no rows.
 *
 * @param possible The values that a row may take, each as likely as another in the prior; for
 *   values on no fixed scale a difference of nothing.
 */
export function pairedMean(
  rows: readonly ClusteredValue[],
  { seed, possible = [0] }: { readonly seed: string; readonly possible?: readonly number[] },
): MeanDifference | null {
  if (rows.length === 0) return null;
  const value = rows.reduce((sum, row) => sum + row.value, 0) / rows.length;
  const termsOf = (amount: number) =>
    [
      [0, amount],
      [1, 1],
    ] as const;
  const drawn = bootstrapInterval(
    {
      rows: rows.map((row) => termsOf(row.value)),
      width: 2,
      prior: possible.map(termsOf),
      clusters: rows.map(({ cluster }) => cluster),
    },
    ([sum = 0, count = 0]) => (count === 0 ? null : sum / count),
    { seed },
  );
  if (typeof drawn === "string") return { value, low: null, high: null, p: null, reason: drawn };
  const { low, high } = drawn;
  return { value, low: Math.min(low, value), high: Math.max(high, value), p: signFlipPValue(rows) };
}
