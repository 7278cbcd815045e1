import type { EvaluatorTopology } from "../../topologies/kinds/evaluators.ts";

/** An evaluator that can be shown examples and guidelines. */
export type TaughtTopology = Extract<
  EvaluatorTopology,
  { readonly graph: "judge" | "jury" | "debate" }
>;
