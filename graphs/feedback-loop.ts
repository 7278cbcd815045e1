import { END, START, StateGraph } from "@langchain/langgraph";
import { createChoose } from "../nodes/steps/choose.ts";
import { createCollectBranches } from "../nodes/steps/collect-branches.ts";
import { createCollectReviews } from "../nodes/steps/collect-reviews.ts";
import { createChallenge, nextContest } from "../nodes/steps/challenge.ts";
import {
  generatorSchemas,
  improvementSchemas,
  type GeneratorNode,
  type GeneratorSchemas,
  type GeneratorState,
} from "../state/generation/generator-state.ts";
import { lastRound } from "../state/generation/rounds.ts";
import { oneKind, type EvaluatorInGraph } from "./parts/evaluator.ts";
import { fromState, type FromState } from "./parts/from-state.ts";
import { nodeName } from "./parts/node-name.ts";
import { ownBounds, refuseNoRounds } from "./parts/own-bounds.ts";
import { router } from "./parts/router.ts";
import { sideBySide } from "./parts/side-by-side.ts";

type State = typeof GeneratorState.State;

export type FeedbackLoopOptions = {
  /** Answers, and revises; `createGenerator`, or a custom node. */
  readonly generator: GeneratorNode;
  /**
   * Each returns a review under its name; `createReviewer`, `createDebateReviewer`, or a custom
   * node.
   */
  readonly reviewers: readonly { readonly name: string; readonly node: GeneratorNode }[];
  /** Judge, jury, debate, or a custom evaluator. */
  readonly evaluator: EvaluatorInGraph<GeneratorNode>;
  /**
   * Responses, the first included; the last one is not reviewed. A row's `roundLimit` may be lower.
   */
  readonly iterations: FromState<State, number>;
  /** Every reviewer's score at or above this, out of 10, ends the loop. */
  readonly stopScore?: number | undefined;
  /**
   * Makes the generator that revises after only this reviewer's feedback. Where given, each
   * reviewer's feedback gets its own revision, and the evaluator's best of them goes on.
   */
  readonly branch?: ((reviewer: string) => GeneratorNode) | undefined;
  /** The first response goes in, and the loop begins with its reviews (`improvementSchemas`). */
  readonly improves?: boolean | undefined;
  /** Other schemas than the generators' own, with more fields. */
  readonly schemas?: GeneratorSchemas | undefined;
};

/**
 * The feedback loop (arXiv 2408.08688, section 5): a generator answers, reviewers say how to
 * improve it, the generator revises, and the evaluator holds each response against the best so far.
 *
 * @example
 * const generator = createGenerator({ agent, prompt });
 * const reviewers = [{ name: "reviewer", node: createReviewer({ agent: critic, prompt: criticPrompt }) }];
 * const loop = createFeedbackLoop({ generator, reviewers, evaluator: createJudgeGraph(judging), iterations: 3 });
 * const { responses, best } = await loop.invoke({ prompt: [{ role: "user", content: "…" }] });
 */
export function createFeedbackLoop(options: FeedbackLoopOptions) {
  const { generator, evaluator, branch, improves = false } = options;
  refuseNoRounds("iterations", options.iterations);
  const { schemas = improves ? improvementSchemas : generatorSchemas } = options;
  const names = options.reviewers.map(({ name }) => name);
  const reviewers = sideBySide(
    options.reviewers.map(({ name, node }) => [nodeName("reviewer", name), node] as const),
  );
  const review = Object.keys(reviewers);
  const revise = branch ? names.map((name) => `generator.${name}`) : ["generator"];
  const afterResponse = router(createAfterResponse(options, review));
  const afterReviews = router(createAfterReviews(options, revise));
  // Without branches a round has one contest, which comes after the generator; with them, several
  // come in a row.
  const onwards = [...review, END];
  const orChallenge = [...review, "challenge", END];

  // With branches and the first response given, every response is some branch's.
  const writers = improves && branch ? {} : { generator };

  const graph = new StateGraph(schemas)
    .addNode({ ...writers, ...reviewers })
    .addNode("collect-reviews", createCollectReviews({ reviewers: names }))
    .addNode("challenge", createChallenge())
    .addNode("evaluator", oneKind(evaluator))
    .addNode("choose", createChoose());
  if ("generator" in writers) {
    graph.addConditionalEdges("generator", afterResponse, branch ? onwards : orChallenge);
  }
  graph
    .addEdge(review, "collect-reviews")
    .addConditionalEdges("collect-reviews", afterReviews, [...revise, END])
    .addEdge("challenge", "evaluator")
    .addEdge("evaluator", "choose")
    .addConditionalEdges("choose", afterResponse, branch ? orChallenge : onwards);
  if (improves) graph.addConditionalEdges(START, afterResponse, onwards);
  else graph.addEdge(START, "generator");
  if (branch === undefined) return graph.compile({ name: "feedback-loop" }).withConfig(ownBounds);
  return graph
    .addNode(sideBySide(names.map((name) => [`generator.${name}`, branch(name)] as const)))
    .addNode("collect-branches", createCollectBranches({ reviewers: names }))
    .addEdge(revise, "collect-branches")
    .addConditionalEdges("collect-branches", afterResponse, ["challenge", END])
    .compile({ name: "feedback-loop" })
    .withConfig(ownBounds);
}

/** A response with a rival is compared first; then it is reviewed, unless it is the last. */
function createAfterResponse({ iterations }: FeedbackLoopOptions, review: string[]) {
  return function afterResponse(state: State) {
    if (state.failure !== undefined) return END;
    if (nextContest(state) !== null) return "challenge";
    const rounds = Math.min(fromState(iterations, state), state.roundLimit ?? Infinity);
    return state.endedEarly !== undefined || lastRound(state) >= rounds ? END : review;
  };
}

/** The reviews lead to a revision, unless there are none or all of them are content. */
function createAfterReviews({ stopScore, reviewers }: FeedbackLoopOptions, revise: string[]) {
  return function afterReviews(state: State) {
    if (state.failure !== undefined || state.endedEarly !== undefined) return END;
    if (stopScore === undefined) return revise;
    const round = lastRound(state);
    const content = state.reviews.filter(
      (review) => review.round === round && review.score !== null && review.score >= stopScore,
    );
    return content.length === reviewers.length ? END : revise;
  };
}
