import { END, START, StateGraph } from "@langchain/langgraph";
import { createAggregateVotes } from "../nodes/steps/aggregate-votes.ts";
import { turnsTaken } from "../nodes/debater.ts";
import {
  evaluatorSchemas,
  type EvaluatorNode,
  type EvaluatorSchemas,
  type EvaluatorState,
} from "../state/evaluation/evaluator-state.ts";
import type { Evaluator } from "./parts/evaluator.ts";
import { nodeName } from "./parts/node-name.ts";
import { ownBounds, refuseNoRounds } from "./parts/own-bounds.ts";
import { router } from "./parts/router.ts";
import { sideBySide } from "./parts/side-by-side.ts";
import { fromState, type FromState } from "./parts/from-state.ts";

type State = typeof EvaluatorState.State;

/** A debater: its node for a round of talk, and the one that gives its scores. */
export type Debater = {
  readonly name: string;
  readonly talk: EvaluatorNode;
  readonly vote: EvaluatorNode;
};

export type DebateOptions = {
  /** In the order in which they speak. */
  readonly debaters: readonly Debater[];
  /** Rounds of talk before the scores. */
  readonly rounds: FromState<State, number>;
  readonly aggregate: "mean" | "plurality";
  readonly onUnparsed: "tie" | "fail";
  /** Other schemas than the evaluators' own, with more fields. */
  readonly schemas?: EvaluatorSchemas | undefined;
};

/**
 * A debate (arXiv 2408.08688, section 4.2): in each round every debater speaks in turn and reads
 * all that was said; then each gives its scores, side by side, and their mean decides.
 */
export function createDebate(options: DebateOptions): Evaluator {
  const { debaters, rounds, aggregate, onUnparsed, schemas = evaluatorSchemas } = options;
  refuseNoRounds("rounds", rounds);
  const speakers = sideBySide(
    debaters.map(({ name, talk }) => [nodeName("debater", name), talk] as const),
  );
  const votes = sideBySide(
    debaters.map(({ name, vote }) => [nodeName("vote", name), vote] as const),
  );
  const agents = debaters.map(({ name }) => ({ name, weight: 1 }));
  const conclude = createAggregateVotes({ agents, aggregate, onUnparsed, leaveOutUnparsed: true });
  const speaking = Object.keys(speakers);
  const voting = Object.keys(votes);
  const [first = "", last = ""] = [speaking[0], speaking.at(-1)];
  const lastSpeaker = debaters.at(-1)?.name ?? "";

  /** Everyone has spoken in this round: the next begins, or all give their scores. */
  function afterRound(state: State) {
    return turnsTaken(state, lastSpeaker) < fromState(rounds, state) ? first : voting;
  }

  const graph = new StateGraph(schemas)
    .addNode(speakers)
    .addNode(votes)
    .addNode("conclude", conclude)
    .addEdge(START, first);
  for (const [index, name] of speaking.slice(1).entries()) {
    graph.addEdge(speaking[index] ?? first, name);
  }
  return graph
    .addConditionalEdges(last, router(afterRound), [first, ...voting])
    .addEdge(voting, "conclude")
    .addEdge("conclude", END)
    .compile({ name: "debate" })
    .withConfig(ownBounds);
}
