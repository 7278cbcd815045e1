import type * as z from "zod";
import { inlineOrFile } from "../schema/shared-keys.ts";
import { cascade } from "./cascade.ts";
import type { EvaluatorKind } from "./kind.ts";
import { plainEvaluatorKinds } from "./plain-evaluators.ts";
import { memberOf, unionOf } from "./union-of.ts";

/**
 * The list of evaluators: a new one is a line here, or in `plain-evaluators.ts` where it may be a
 * step of a cascade.
 */
export const evaluatorKinds = [...plainEvaluatorKinds, cascade] as const;

export const evaluatorTopology = inlineOrFile(unionOf(evaluatorKinds), {
  id: "evaluator",
  description: "An evaluator topology, inline or file: judge.yaml",
});
export type EvaluatorTopology = z.infer<typeof evaluatorTopology>;

/** The kind of an evaluator topology. */
export function evaluatorKind<Topology extends EvaluatorTopology>({
  graph,
}: Topology): EvaluatorKind<Topology> {
  // The member of that name takes topologies of that name.
  return memberOf(evaluatorKinds, graph) as unknown as EvaluatorKind<Topology>;
}
