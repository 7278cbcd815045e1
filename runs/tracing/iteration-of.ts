import type { TracedRun } from "./traced-run.ts";

/**
 * The node that holds the whole method. It runs once per answer of a conversation, so its repeats
 * are answers, not iterations.
 */
export const perAnswer = "evolution";

/**
 * The iteration of its loop that a run belongs to, from 1: the round in its part, else the number
 * of runs of its node in its graph, else of the node around that graph.
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
