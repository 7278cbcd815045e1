import type { createPanel } from "./panel.ts";

/**
 * Any compiled graph that takes a pair and returns a verdict, over `EvaluatorInput` and
 * `EvaluatorOutput`: judge, jury, debate, or a custom one. It runs by itself in `fellowship
 * evaluate`, or as a node in a generator graph.
 */
export type Evaluator = ReturnType<typeof createPanel>;

/**
 * The evaluator inside another graph: an evaluator, or a node that makes a
 * `verdict` of the `prompt` and the `pair`.
 */
export type EvaluatorInGraph<Node> = Evaluator | Node;

/** The types of `addNode` know a graph or a function, but not one of the two; it takes either. */
export function oneKind<Node>(evaluator: EvaluatorInGraph<Node>): Evaluator {
  return evaluator as Evaluator;
}
