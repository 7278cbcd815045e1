import type { Steps } from "../../state/in-slices.ts";
import type { Winner } from "../../state/verdict.ts";
import { studentTail } from "../estimates/tails.ts";
import type { Cluster } from "../estimates/observations.ts";
import type { Preference } from "../estimates/preference.ts";
import { sampledMean } from "./sampled-mean.ts";

/** Whether labelled rows look like a random draw of all rows. */
export type RandomDraw = {
  /**
   * In what labelled rows differ from the others beyond chance: their `place` in the file, or the
   * evaluator's `verdicts`. Empty where they look random, or where there are too few to see it.
   */
  readonly differs: readonly ("place" | "verdicts")[];
};

/** Below this many labelled or other rows nothing can be seen. */
const leastRows = 20;

/** How often a random draw is taken for none, all looks at it together. */
const falseAlarms = 0.01;

/**
 * Looks whether labelled rows differ from the others beyond chance in what is known of all rows:
 * their place in the file and the evaluator's verdict. It can show that a draw was not random,
 * never that it was.
 */
export function* randomDraw(
  rows: readonly {
    readonly winner: Winner;
    readonly label?: Preference | undefined;
    readonly cluster: Cluster;
  }[],
): Steps<RandomDraw> {
  const labelled = rows.filter(({ label }) => label !== undefined).length;
  if (Math.min(labelled, rows.length - labelled) < leastRows) return { differs: [] };
  const pValueOf = (valueOf: (row: (typeof rows)[number], place: number) => number) => {
    const all = rows.map(valueOf);
    const mean = all.reduce((sum, value) => sum + value, 0) / rows.length;
    const { value, standardError, degreesOfFreedom } = sampledMean(
      rows.map(({ label, cluster }, row) => ({
        y: label === undefined ? undefined : all[row],
        x: [],
        cluster,
      })),
    );
    if (value === mean) return 1;
    // Of what is known of all rows, the spread is known too, but not how alike a prompt's rows are.
    const squares = all.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (rows.length - 1);
    const known = Math.sqrt((squares / labelled) * (1 - labelled / rows.length));
    const t = Math.abs(value - mean) / Math.max(standardError, known);
    return 2 * studentTail(t, degreesOfFreedom);
  };
  const place = pValueOf((_, row) => row);
  yield;
  const verdicts: number[] = [];
  for (const side of ["a", "b"] as const) {
    verdicts.push(pValueOf(({ winner }) => Number(winner === side)));
    yield;
  }
  const least = falseAlarms / (1 + verdicts.length);
  return {
    differs: [
      ...(place < least ? (["place"] as const) : []),
      ...(Math.min(...verdicts) < least ? (["verdicts"] as const) : []),
    ],
  };
}
