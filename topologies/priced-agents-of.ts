import type { PricedAgent } from "../models/cost/prices.ts";
import type { CodeTopology } from "./build/code-topology.ts";
import type { Topology } from "./kinds/kinds.ts";
import { listAgents } from "./load/list-agents.ts";

/** The agents of a topology under the names that its calls bear, with their prices and addresses. */
export function pricedAgentsOf(topology: Topology | CodeTopology): PricedAgent[] {
  if (!("module" in topology)) return listAgents(topology);
  const own = Object.entries(topology.agents).map(([name, agent]) => ({ ...agent, name }));
  const { evaluator } = topology;
  return evaluator === undefined ? own : [...own, ...listAgents(evaluator)];
}
