import type { AgentTopology, Topology } from "./topology-schema.ts";

/** The agents of a topology in its order, its evaluator's after them; named, once a file has been loaded. */
export function namedAgents(topology: Topology): (AgentTopology & { readonly name: string })[] {
  const own = Object.values(
    topology.agents as Record<string, AgentTopology | AgentTopology[] | undefined>,
  ).flat();
  const named = own.flatMap((agent) =>
    agent?.name === undefined ? [] : [{ ...agent, name: agent.name }],
  );
  const inner = "evaluator" in topology ? topology.evaluator : undefined;
  return inner === undefined ? named : [...named, ...namedAgents(inner)];
}
