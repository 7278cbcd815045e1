import { END, START, StateGraph } from "@langchain/langgraph";
import {
  evaluatorSchemas,
  type EvaluatorNode,
  type EvaluatorSchemas,
} from "../state/evaluation/evaluator-state.ts";
import type { Evaluator } from "./parts/evaluator.ts";

export type ChecksOptions = {
  /** `createCheckResponses`, or a custom node that returns a verdict. */
  readonly node: EvaluatorNode;
  /** Other schemas than the evaluators' own, with more fields. */
  readonly schemas?: EvaluatorSchemas | undefined;
};

/**
 * An evaluator that asks no model: code checks each response by itself, and every check counts its
 * weight.
 *
 * @example
 * const check = builtInChecks.wordsAtMost(120);
 * const node = createCheckResponses({ checks: [{ name: "short", weight: 1, check }] });
 * const { verdict } = await createChecks({ node }).invoke({ prompt, pair });
 */
export function createChecks({ node, schemas = evaluatorSchemas }: ChecksOptions): Evaluator {
  return new StateGraph(schemas)
    .addNode("check", node)
    .addEdge(START, "check")
    .addEdge("check", END)
    .compile({ name: "checks" }) as unknown as Evaluator;
}
