import type { FaultCase } from "./fault-case.ts";
import { runCase } from "./run-case.ts";

/**
 * A case's name, and what to check of it: that no promise was broken in some rounds, and how many
 * there were.
 */
export type ShortForm = readonly [
  name: string,
  run: () => Promise<{ readonly violations: readonly string[]; readonly rounds: number }>,
];

/**
 * A few rounds of each case that has a short form; the rounds that `npm run fault` makes take an
 * hour or two.
 */
export function shortForms(cases: readonly FaultCase[]): ShortForm[] {
  return cases
    .filter(({ isLongOnly }) => isLongOnly !== true)
    .map((one) => [one.name, () => runCase(one, { seed: 1, size: "short" })]);
}
