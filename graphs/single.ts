import { END, START, StateGraph } from "@langchain/langgraph";
import { createChoose } from "../nodes/steps/choose.ts";
import { createChallenge, nextContest } from "../nodes/steps/challenge.ts";
import {
  generatorSchemas,
  improvementSchemas,
  type GeneratorNode,
  type GeneratorSchemas,
  type GeneratorState,
} from "../state/generation/generator-state.ts";
import { givenRounds, lastRound } from "../state/generation/rounds.ts";
import { oneKind, type EvaluatorInGraph } from "./parts/evaluator.ts";
import { fromState, type FromState } from "./parts/from-state.ts";
import { router } from "./parts/router.ts";

type State = typeof GeneratorState.State;

export type SingleOptions = {
  /** Answers the prompt anew each time; `createSampleResponse`, or a custom node. */
  readonly generator: GeneratorNode;
  /** Answers to each prompt; more than one are judged as the loop's are, and need an evaluator. */
  readonly samples: FromState<State, number>;
  readonly evaluator: EvaluatorInGraph<GeneratorNode> | null;
  /** A response goes in, which the answers challenge (`improvementSchemas`). */
  readonly improves?: boolean | undefined;
  /** Other schemas than the generators' own, with more fields. */
  readonly schemas?: GeneratorSchemas | undefined;
};

/**
 * One generator without a reviewer (arXiv 2408.08688, section 5: the single model as the baseline).
 */
export function createSingle(options: SingleOptions) {
  const { generator, samples, evaluator, improves = false } = options;
  const { schemas = improves ? improvementSchemas : generatorSchemas } = options;

  function afterGenerator(state: State) {
    if (state.failure !== undefined) return END;
    const wanted = state.endedEarly === undefined ? fromState(samples, state) : 0;
    if (lastRound(state) - givenRounds(state) < wanted) return "generator";
    return evaluator !== null && nextContest(state) !== null ? "challenge" : END;
  }

  function afterChoose(state: State) {
    return state.failure === undefined && nextContest(state) !== null ? "challenge" : END;
  }

  const graph = new StateGraph(schemas).addNode("generator", generator).addEdge(START, "generator");
  if (evaluator === null) {
    const ends = samples === 1 ? ([END] as const) : (["generator", END] as const);
    return graph
      .addConditionalEdges("generator", router(afterGenerator), [...ends])
      .compile({ name: "single" });
  }
  return graph
    .addNode("challenge", createChallenge())
    .addNode("evaluator", oneKind(evaluator))
    .addNode("choose", createChoose())
    .addConditionalEdges("generator", router(afterGenerator), ["generator", "challenge", END])
    .addEdge("challenge", "evaluator")
    .addEdge("evaluator", "choose")
    .addConditionalEdges("choose", router(afterChoose), ["challenge", END])
    .compile({ name: "single" });
}
