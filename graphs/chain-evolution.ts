import type { RunnableConfig } from "@langchain/core/runnables";
import { END, START, StateGraph } from "@langchain/langgraph";
import { rewritesOf } from "../state/generation/chain-progress.ts";
import { evolutionSchemas, type EvolutionState } from "../state/generation/evolution-state.ts";
import type { createChain } from "./chain.ts";
import type { createCoevol } from "./coevol.ts";
import { invokerOf } from "./parts/walk-graph.ts";

/**
 * A chain, made with `improves`, in the place of CoEvol: what its steps write are rewrites of the
 * answer that was given.
 */
export function createChainEvolution(chain: ReturnType<typeof createChain>) {
  const invoke = invokerOf(chain);
  async function improve(
    { row, part, prompt, response }: typeof EvolutionState.State,
    config: RunnableConfig,
  ): Promise<typeof EvolutionState.Update> {
    const given = { round: 1, text: response, given: true as const };
    const begun = { row, prompt, place: part, responses: [given] };
    const told = await invoke(begun, config);
    const { transcript, endedEarly = null } = told;
    return { rewrites: rewritesOf(told), transcript, ended: endedEarly };
  }

  const graph = new StateGraph(evolutionSchemas)
    .addNode("chain", improve, { subgraphs: [chain] })
    .addEdge(START, "chain")
    .addEdge("chain", END)
    .compile({ name: "chain-evolution" });
  // Its input and output are those of CoEvol's graphs, whose types name their nodes.
  return graph as unknown as ReturnType<typeof createCoevol>;
}
