import type { AgentTopology } from "../schema/agent-schema.ts";
import type { ReviewerTopology } from "../kinds/feedback-loop.ts";
import type { Topology } from "../kinds/kinds.ts";

type NamedAgent = AgentTopology & { readonly name: string };

/** The keys of a topology below which agents are declared. */
type Members = {
  readonly graph: string;
  readonly agents?: Readonly<Record<string, AgentTopology | ReviewerTopology[] | undefined>>;
  readonly evaluator?: Members | undefined;
  readonly steps?: readonly Members[];
};

/**
 * The agents of a topology in its order, those of its steps and of its evaluator after them. They
 * have names once a file has been loaded.
 */
export function listAgents(topology: Topology): NamedAgent[] {
  return agentsIn(topology);
}

function agentsIn({ agents = {}, evaluator, steps = [] }: Members): NamedAgent[] {
  const own = Object.values(agents)
    .flat()
    .flatMap((agent) => (agent === undefined ? [] : membersOf(agent)));
  const inner = evaluator === undefined ? steps : [...steps, evaluator];
  return [...own, ...inner.flatMap(agentsIn)];
}

function membersOf(reviewer: ReviewerTopology): NamedAgent[] {
  const members = "graph" in reviewer ? Object.values(reviewer.agents) : [reviewer];
  return members.flatMap((agent) =>
    agent.name === undefined ? [] : [{ ...agent, name: agent.name }],
  );
}
