import type * as z from "zod";
import { inlineOrFile } from "../schema/shared-keys.ts";
import { checks } from "./checks.ts";
import { debate } from "./debate.ts";
import { judge } from "./judge.ts";
import { jury } from "./jury.ts";
import type { EvaluatorKind } from "./kind.ts";
import { memberOf, unionOf } from "./union-of.ts";

/** The list of evaluators: a new one is a line here. */
export const evaluatorKinds = [judge, jury, debate, checks] as const;

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
