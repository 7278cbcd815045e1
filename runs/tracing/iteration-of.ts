import type { TracedRun } from "./traced-run.ts";

/**
 * The node in which the method stands whole, once for each answer of a conversation: its repeats
 * are answers, not iterations.
 */
export const perAnswer = "evolution";

/**
 * In which iteration of its loop a run stands, from 1: what its part says, where it names a round,
 * else how often its node has run in its graph, else how often the node around that graph has.
 */
export function iterationOf(run: PlacedRun): number {
  const { part, turn } = run.metadata;
  const named =
    typeof part === "string" ? /(?:^|\.)round-(\d+)(?:\.|$)/.exec(part)?.[1] : undefined;
  if (named !== undefined) return Number(named);
  // The first answer belongs to no branch.
  if (typeof part === "string" && /(?:^|\.)branch-/.test(part)) return Number(turn) + 2;
  // A call that is asked or sent again is in the iteration of its node.
  let at = run.type === "chain" ? run : run.parent;
  for (; at !== null && at.name !== perAnswer; at = at.parent) {
    if (at.time > 1) return at.time;
  }
  return 1;
}

type PlacedRun = Pick<TracedRun, "type" | "name" | "time" | "metadata" | "parent">;
