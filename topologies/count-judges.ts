import type { CodeTopology } from "./build/code-topology.ts";
import { evaluatorKind } from "./kinds/evaluators.ts";
import { kindOf, type EvolutionTopology, type Topology } from "./kinds/kinds.ts";

/** How many agents of a topology judge; those who argue so that another may advise don't. */
export function countJudges(topology: Topology | CodeTopology): number {
  // The kind takes any topology of its name.
  if (!("module" in topology))
    return kindOf(topology).judges(topology as EvolutionTopology & Topology);
  const { agents, evaluator } = topology;
  const own = Object.values(agents).filter(({ role }) => /^(?:judge|juror)$/.test(role)).length;
  return own + (evaluator === undefined ? 0 : evaluatorKind(evaluator).judges(evaluator));
}
