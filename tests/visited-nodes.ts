import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { Drawable } from "../graphs/parts/runnable-graph.ts";

/** Collects the names of a graph's nodes that ran, its own and those of the graphs inside. */
export function watchNodes() {
  const names = new Set<string>();
  const handler = BaseCallbackHandler.fromMethods({
    handleChainStart(_chain, _inputs, _id, _parent, _tags, metadata) {
      const name: unknown = metadata?.["langgraph_node"];
      if (typeof name === "string" && !name.startsWith("__")) names.add(name);
    },
  });
  return { handler, visited: () => [...names].sort() };
}

/** The names of the nodes that are drawn: those of the graphs inside, and the nodes they are. */
export async function drawnNodes(graph: Drawable): Promise<string[]> {
  const { nodes } = await graph.getGraphAsync({ xray: true });
  const names = Object.keys(nodes).flatMap((name) => name.split(":"));
  return [...new Set(names)].filter((name) => !name.startsWith("__")).sort();
}
