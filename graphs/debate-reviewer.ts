import { END, START, StateGraph } from "@langchain/langgraph";
import { createCloseDebate } from "../nodes/steps/close-debate.ts";
import { createOpenDebate } from "../nodes/steps/open-debate.ts";
import {
  DebateReviewInput,
  DebateReviewOutput,
  DebateReviewState,
} from "../state/debate-review-state.ts";
import type { GeneratorNode } from "../state/generator-state.ts";
import type { CoevolOptions } from "./coevol.ts";

export type DebateReviewerOptions = Pick<CoevolOptions, "positive" | "critical" | "advisor"> & {
  /** What its reviews bear, and the loop calls it. */
  readonly name: string;
};

/**
 * A debate as a reviewer in a feedback loop (arXiv 2408.08688, section 5): CoEvol's two debaters (arXiv 2406.07054) argue about the
 * response and weigh each other's arguments, and its advisor makes of it what is credible. Its suggestions are the review, which has
 * no score; a debate that ends without any is left out of its round.
 *
 * @example
 * const critics = createDebateReviewer({ name: "critics", positive, critical, advisor });
 * createFeedbackLoop({ generator, reviewers: [{ name: "critics", node: critics }], evaluator, iterations: 3 });
 */
export function createDebateReviewer(options: DebateReviewerOptions): GeneratorNode {
  const { name, positive, critical, advisor } = options;
  const positions = ["positive", "critical"] as const;
  const crossReviews = ["positive.cross-review", "critical.cross-review"] as const;

  const graph = new StateGraph({
    state: DebateReviewState,
    input: DebateReviewInput,
    output: DebateReviewOutput,
  })
    .addNode("open-debate", createOpenDebate())
    .addNode("positive", positive.position)
    .addNode("critical", critical.position)
    .addNode("positive.cross-review", positive.crossReview)
    .addNode("critical.cross-review", critical.crossReview)
    .addNode("advisor", advisor)
    .addNode("close-debate", createCloseDebate({ name }))
    .addEdge(START, "open-debate")
    .addEdge("open-debate", "positive")
    .addEdge("open-debate", "critical")
    .addEdge([...positions], "positive.cross-review")
    .addEdge([...positions], "critical.cross-review")
    .addEdge([...crossReviews], "advisor")
    .addEdge("advisor", "close-debate")
    .addEdge("close-debate", END)
    .compile({ name: "debate-reviewer" });
  // It reads of a loop's state what it needs, and leaves what any reviewer leaves.
  return graph as unknown as GeneratorNode;
}
