import { END, START, StateGraph } from "@langchain/langgraph";
import { createAcceptRewrite } from "../nodes/steps/accept-rewrite.ts";
import { createChallengeRewrite } from "../nodes/steps/challenge-rewrite.ts";
import {
  evolutionSchemas,
  type EvolutionNode,
  type EvolutionSchemas,
  type EvolutionState,
} from "../state/generation/evolution-state.ts";
import {
  addDebateEdges,
  advice,
  debateNodes,
  positions,
  type DebateNodes,
} from "./parts/debate.ts";
import { oneKind, type EvaluatorInGraph } from "./parts/evaluator.ts";
import { fromState, type FromState } from "./parts/from-state.ts";
import { ownBounds, refuseNoRounds } from "./parts/own-bounds.ts";
import { router } from "./parts/router.ts";

type State = typeof EvolutionState.State;

export type CoevolOptions = DebateNodes & {
  readonly editor: EvolutionNode;
  /**
   * Sees the response as A and its rewrite as B; `createCoevolJudge`, any other evaluator, or a
   * function to a `verdict`.
   */
  readonly judge: EvaluatorInGraph<EvolutionNode>;
  /** Rewrites that may be accepted at most. */
  readonly maxIterations: FromState<State, number>;
  /** Other schemas than an answer's own, with more fields. */
  readonly schemas?: EvolutionSchemas | undefined;
};

/**
 * CoEvol (arXiv 2406.07054): two debaters argue about a response and weigh each other's arguments,
 * an advisor makes of it what is credible, an editor rewrites, a judge decides; while the rewrite
 * is strictly better it becomes the response, and the round starts anew with fresh memories.
 */
export function createCoevol(options: CoevolOptions) {
  const { editor, judge, maxIterations } = options;
  refuseNoRounds("maxIterations", maxIterations);

  function afterAccept(state: State) {
    const { ended, rewrites } = state;
    if (ended !== null || rewrites.at(-1)?.accepted !== true) return END;
    return rewrites.length < fromState(maxIterations, state) ? [...positions] : END;
  }

  const graph = new StateGraph(options.schemas ?? evolutionSchemas)
    .addNode(debateNodes(options))
    .addNode("editor", editor)
    .addNode("challenge", createChallengeRewrite())
    .addNode("judge", oneKind(judge))
    .addNode("accept", createAcceptRewrite());
  return addDebateEdges(graph)
    .addEdge(START, "positive")
    .addEdge(START, "critical")
    .addConditionalEdges(advice, unlessEnded("editor"), ["editor", END])
    .addConditionalEdges("editor", unlessEnded("challenge"), ["challenge", END])
    .addEdge("challenge", "judge")
    .addEdge("judge", "accept")
    .addConditionalEdges("accept", router(afterAccept), [...positions, END])
    .compile({ name: "coevol" })
    .withConfig(ownBounds);
}

/** On to a node, or to the end where the answer can't go on. */
export function unlessEnded<Name extends string>(next: Name) {
  return router(function unlessEnded({ ended }: State): Name | typeof END {
    return ended === null ? next : END;
  });
}
