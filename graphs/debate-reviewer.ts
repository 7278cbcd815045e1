import { END, START, StateGraph } from "@langchain/langgraph";
import { createCloseDebate } from "../nodes/steps/close-debate.ts";
import { createOpenDebate } from "../nodes/steps/open-debate.ts";
import {
  DebateReviewInput,
  DebateReviewOutput,
  DebateReviewState,
} from "../state/generation/debate-review-state.ts";
import type { GeneratorNode } from "../state/generation/generator-state.ts";
import { addDebateEdges, advice, debateNodes, type DebateNodes } from "./parts/debate.ts";

export type DebateReviewerOptions = DebateNodes & {
  /** The name on its reviews, and of its node in the loop. */
  readonly name: string;
};

/**
 * A debate as a reviewer in a feedback loop (arXiv 2408.08688, section 5): CoEvol's two debaters
 * (arXiv 2406.07054) argue about the response and weigh each other's arguments, and its advisor
 * makes of it what is credible. Its suggestions are the review, which has no score; a debate that
 * ends without any is left out of its round.
 *
 * @example
 * const critics = createDebateReviewer({ name: "critics", positive, critical, advisor });
 * createFeedbackLoop({ generator, reviewers: [{ name: "critics", node: critics }], evaluator, iterations: 3 });
 */
export function createDebateReviewer(options: DebateReviewerOptions): GeneratorNode {
  const debate = new StateGraph({
    state: DebateReviewState,
    input: DebateReviewInput,
    output: DebateReviewOutput,
  })
    .addNode("open-debate", createOpenDebate())
    .addNode(debateNodes(options))
    .addNode("close-debate", createCloseDebate({ name: options.name }));
  const graph = addDebateEdges(debate)
    .addEdge(START, "open-debate")
    .addEdge("open-debate", "positive")
    .addEdge("open-debate", "critical")
    .addEdge(advice, "close-debate")
    .addEdge("close-debate", END)
    .compile({ name: "debate-reviewer" });
  // It reads a part of a loop's state, and returns the same update as any reviewer.
  return graph as unknown as GeneratorNode;
}
