import { END, START, StateGraph } from "@langchain/langgraph";
import { createAcceptRewrite } from "../nodes/steps/accept-rewrite.ts";
import { createChallengeRewrite } from "../nodes/steps/challenge-rewrite.ts";
import {
  evolutionSchemas,
  type EvolutionNode,
  type EvolutionSchemas,
  type EvolutionState,
} from "../state/evolution-state.ts";
import { oneKind, type EvaluatorInGraph } from "./parts/evaluator.ts";
import { fromState, type FromState } from "./parts/from-state.ts";
import { ownBounds, refuseNoRounds } from "./parts/own-bounds.ts";
import { router } from "./parts/router.ts";

type State = typeof EvolutionState.State;

/** One of the two debaters: its position, then what it makes of the other's. */
export type SideNodes = { readonly position: EvolutionNode; readonly crossReview: EvolutionNode };

export type CoevolOptions = {
  /** The two debaters; `createDebaterPosition` and `createCrossReview`, or nodes of one's own. */
  readonly positive: SideNodes;
  readonly critical: SideNodes;
  readonly advisor: EvolutionNode;
  readonly editor: EvolutionNode;
  /** Sees the response as A and its rewrite as B; `createCoevolJudge`, any other evaluator, or a function to a `verdict`. */
  readonly judge: EvaluatorInGraph<EvolutionNode>;
  /** Rewrites that may be accepted at most. */
  readonly maxIterations: FromState<State, number>;
  /** Other schemas than an answer's own, with more fields. */
  readonly schemas?: EvolutionSchemas | undefined;
};

/**
 * CoEvol (arXiv 2406.07054): two debaters argue about a response and weigh each other's arguments, an advisor makes of
 * it what is credible, an editor rewrites, a judge decides; while the rewrite is strictly better it becomes the
 * response, and the round starts anew with fresh memories.
 */
export function createCoevol(options: CoevolOptions) {
  const { positive, critical, advisor, editor, judge, maxIterations } = options;
  refuseNoRounds("maxIterations", maxIterations);
  const positions = ["positive", "critical"] as const;
  const crossReviews = ["positive.cross-review", "critical.cross-review"] as const;

  function afterAccept(state: State) {
    const { ended, rewrites } = state;
    if (ended !== null || rewrites.at(-1)?.accepted !== true) return END;
    return rewrites.length < fromState(maxIterations, state) ? [...positions] : END;
  }

  return new StateGraph(options.schemas ?? evolutionSchemas)
    .addNode("positive", positive.position)
    .addNode("critical", critical.position)
    .addNode("positive.cross-review", positive.crossReview)
    .addNode("critical.cross-review", critical.crossReview)
    .addNode("advisor", advisor)
    .addNode("editor", editor)
    .addNode("challenge", createChallengeRewrite())
    .addNode("judge", oneKind(judge))
    .addNode("accept", createAcceptRewrite())
    .addEdge(START, "positive")
    .addEdge(START, "critical")
    .addEdge([...positions], "positive.cross-review")
    .addEdge([...positions], "critical.cross-review")
    .addEdge([...crossReviews], "advisor")
    .addConditionalEdges("advisor", unlessEnded("editor"), ["editor", END])
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
