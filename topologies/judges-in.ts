import { namedAgents } from "./named-agents.ts";
import type { CodeTopology } from "./code-topology.ts";
import type { Topology } from "./topology-schema.ts";

/** How many agents of a topology judge; those who argue so that another may advise don't. */
export function judgesIn(topology: Topology | CodeTopology): number {
  if ("module" in topology) {
    const own = Object.values(topology.agents).filter(({ role }) => /^(?:judge|juror)$/.test(role));
    return own.length + (topology.evaluator === undefined ? 0 : judgesIn(topology.evaluator));
  }
  if (topology.graph === "chain") {
    return topology.steps.reduce((sum, step) => sum + judgesIn(step), 0);
  }
  if ("evaluator" in topology && topology.evaluator !== undefined) {
    return namedAgents(topology.evaluator).length;
  }
  if (topology.graph === "coevol") return topology.agents.judge === undefined ? 0 : 1;
  const generates = topology.graph === "single" || topology.graph === "feedback-loop";
  return generates ? 0 : namedAgents(topology).length;
}
