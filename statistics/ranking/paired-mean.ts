import { bootstrapInterval, type NoInterval } from "../estimates/bootstrap.ts";
import type { Cluster } from "../estimates/observations.ts";

/** A value of each prompt, with its prompt. */
export type ClusteredValue = { readonly value: number; readonly cluster: Cluster };

/** A mean difference with its 95 % interval and the two-sided p-value of there being none. */
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
 * The mean of paired differences by the bootstrap over prompts (`bootstrapInterval`). Null where
 * there are none.
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
  const { low, high, pValue } = drawn;
  return { value, low: Math.min(low, value), high: Math.max(high, value), p: pValue };
}
