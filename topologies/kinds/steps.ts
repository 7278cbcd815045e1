import type * as z from "zod";
import { inlineOrFile } from "../schema/shared-keys.ts";
import { coevol } from "./coevol.ts";
import { feedbackLoop } from "./feedback-loop.ts";
import type { GeneratorKind, StepKind } from "./kind.ts";
import { single } from "./single.ts";
import { memberOf, unionOf } from "./union-of.ts";

/** The list of graphs that may be a step of a chain: a new one is a line here. */
export const stepKinds = [single, feedbackLoop, coevol] as const;

export const stepTopology = inlineOrFile(unionOf(stepKinds), {
  id: "step",
  description: "A step of a chain, inline or file: feedback-loop.yaml",
});
export type StepTopology = z.infer<typeof stepTopology>;

/** The kind of a step; one that can also begin a chain has `generate`. */
export function stepKind<Topology extends StepTopology>({
  graph,
}: Topology): StepKind<Topology> & Partial<GeneratorKind<Topology>> {
  // The member of that name takes topologies of that name.
  return memberOf(stepKinds, graph) as unknown as StepKind<Topology> &
    Partial<GeneratorKind<Topology>>;
}
