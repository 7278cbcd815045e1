import type { Cluster } from "../estimates/observations.ts";
import { normalTail } from "../estimates/normal-distribution.ts";

/** A value of each prompt, with its prompt. */
export type ClusteredValue = { readonly value: number; readonly cluster: Cluster };

/** Different sums at most of which all are followed; with more, their number is many. */
const mostSums = 4096;

/**
 * The two-sided p-value of a paired difference being nothing, by flipping signs: if two runs are
 * alike, the sum over a prompt is as likely as its negative. It is the share of all ways to give
 * the prompts' sums their signs in which the total is as far from 0 as the one seen. For one row of
 * each prompt and wins and losses alone this is the sign test, which for ties is McNemar's.
 *
 * It is exact until the total has more than 4096 values (4095 prompts with wins and losses, 12 with
 * differences of any size), and then normal.
 *
 * Source: Fisher, "The Design of Experiments", 1935, section 21; Good, "Permutation, Parametric and
 * Bootstrap Tests of Hypotheses", 2005, section 3.2.
 */
export function signFlipPValue(rows: readonly ClusteredValue[]): number {
  const sums = new Map<Cluster, number>();
  for (const { value, cluster } of rows) sums.set(cluster, (sums.get(cluster) ?? 0) + value);
  const values = [...sums.values()].filter((value) => value !== 0);
  const seen = Math.abs(values.reduce((total, value) => total + value, 0));
  const sizes = values.map(Math.abs).toSorted((one, other) => one - other);
  const squares = sizes.reduce((total, size) => total + size * size, 0);
  if (squares === 0) return 1;
  const shares = sharesOfTotals(sizes);
  if (shares === null) return Math.min(1, 2 * normalTail(seen / Math.sqrt(squares)));
  // Sums of fractions differ in their last bits by the order of the terms.
  const least = seen - 1e-9 * Math.sqrt(squares);
  let share = 0;
  for (const [total, own] of shares) if (Math.abs(total) >= least) share += own;
  return Math.min(1, share);
}

/** The share of all signs that gives each total; null where there are too many totals. */
function sharesOfTotals(sizes: readonly number[]): ReadonlyMap<number, number> | null {
  let shares = new Map([[0, 1]]);
  for (const size of sizes) {
    const next = new Map<number, number>();
    for (const [total, share] of shares) {
      for (const flipped of [total + size, total - size]) {
        next.set(flipped, (next.get(flipped) ?? 0) + share / 2);
      }
    }
    if (next.size > mostSums) return null;
    shares = next;
  }
  return shares;
}
