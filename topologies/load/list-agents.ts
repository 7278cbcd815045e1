import type { AgentTopology } from "../schema/agent-schema.ts";
import type { ReviewerTopology, Topology } from "../schema/topology-schema.ts";

type NamedAgent = AgentTopology & { readonly name: string };

/** The agents of a topology in its order, its evaluator's after them; named, once a file has been loaded. */
export function listAgents(topology: Topology): NamedAgent[] {
  if (topology.graph === "chain") return topology.steps.flatMap(listAgents);
  const own = Object.values(
    topology.agents as Record<string, AgentTopology | ReviewerTopology[] | undefined>,
  ).flat();
  const named = own.flatMap((agent) => (agent === undefined ? [] : membersOf(agent)));
  const inner = "evaluator" in topology ? topology.evaluator : undefined;
  return inner === undefined ? named : [...named, ...listAgents(inner)];
}

function membersOf(reviewer: ReviewerTopology): NamedAgent[] {
  const members = "graph" in reviewer ? Object.values(reviewer.agents) : [reviewer];
  return members.flatMap((agent) =>
    agent.name === undefined ? [] : [{ ...agent, name: agent.name }],
  );
}
