import { advisorRole } from "../../nodes/advisor.ts";
import type { EvolutionNode } from "../../state/generation/evolution-state.ts";

/** The two nodes of a debater: its position, then its review of the other's argument. */
export type SideNodes = { readonly position: EvolutionNode; readonly crossReview: EvolutionNode };

export type DebateNodes = {
  /** The two debaters; `createSide`, or custom nodes. */
  readonly positive: SideNodes;
  readonly critical: SideNodes;
  readonly advisor: EvolutionNode;
};

/** The nodes that a debate begins with. */
export const positions = ["positive", "critical"] as const;
const crossReviews = ["positive.cross-review", "critical.cross-review"] as const;
/** The node that a debate ends with. */
export const advice = advisorRole.name;

/** The nodes of CoEvol's debate (arXiv 2406.07054), by their names in a graph. */
export function debateNodes({
  positive,
  critical,
  advisor,
}: DebateNodes): Record<
  (typeof positions)[number] | (typeof crossReviews)[number] | typeof advice,
  EvolutionNode
> {
  return {
    positive: positive.position,
    critical: critical.position,
    "positive.cross-review": positive.crossReview,
    "critical.cross-review": critical.crossReview,
    [advice]: advisor,
  };
}

/**
 * Adds the edges between the nodes of a debate: both positions come before either cross-review, and
 * both cross-reviews before the advice.
 */
export function addDebateEdges<Graph extends object>(graph: Graph): Graph {
  // The names of its nodes are in a graph's type, which differs from graph to graph.
  const edges = graph as { addEdge(from: readonly string[], to: string): unknown };
  for (const crossReview of crossReviews) edges.addEdge([...positions], crossReview);
  edges.addEdge([...crossReviews], advice);
  return graph;
}
