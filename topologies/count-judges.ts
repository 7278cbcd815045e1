import { listAgents } from "./load/list-agents.ts";
import type { CodeTopology } from "./build/code-topology.ts";
import type { Topology } from "./schema/topology-schema.ts";

/** How many agents of a topology judge; those who argue so that another may advise don't. */
export function countJudges(topology: Topology | CodeTopology): number {
  if ("module" in topology) {
    const own = Object.values(topology.agents).filter(({ role }) => /^(?:judge|juror)$/.test(role));
    return own.length + (topology.evaluator === undefined ? 0 : countJudges(topology.evaluator));
  }
  if (topology.graph === "chain") {
    return topology.steps.reduce((sum, step) => sum + countJudges(step), 0);
  }
  if ("evaluator" in topology && topology.evaluator !== undefined) {
    return listAgents(topology.evaluator).length;
  }
  if (topology.graph === "coevol") return topology.agents.judge === undefined ? 0 : 1;
  const generates = topology.graph === "single" || topology.graph === "feedback-loop";
  return generates ? 0 : listAgents(topology).length;
}
