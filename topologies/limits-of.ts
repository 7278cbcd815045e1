import type { Limits } from "../models/rate-limit/given-limits.ts";
import type { CodeTopology } from "./build/code-topology.ts";
import type { Topology } from "./kinds/kinds.ts";

type Given = Readonly<Record<string, Limits>>;
type Holder = {
  readonly graph?: string;
  readonly limits?: Given | undefined;
  readonly agents?: unknown;
  readonly evaluator?: Holder | undefined;
  readonly steps?: readonly Holder[] | undefined;
};

/**
 * The limits a topology gives, those of its evaluator and its steps included; where both name a
 * model, the outer one's count.
 */
export function limitsOf(topology: Topology | CodeTopology): Given {
  return givenBy(topology);
}

function givenBy({ limits, evaluator, steps = [] }: Holder): Given {
  const inner = evaluator === undefined ? steps : [...steps, evaluator];
  return Object.assign({}, ...inner.map(givenBy), limits) as Given;
}

/**
 * A topology as far as its rows depend on it: with other limits, or other prices of its agents, the
 * same run goes on.
 */
export function withoutLimits<Any extends object>(topology: Any): Any {
  const { evaluator, steps, agents } = topology as Holder;
  return {
    ...topology,
    limits: undefined,
    ...(agents === undefined ? {} : { agents: withoutPrices(agents) }),
    ...(evaluator === undefined ? {} : { evaluator: withoutLimits(evaluator) }),
    ...(steps === undefined ? {} : { steps: steps.map(withoutLimits) }),
  };
}

function withoutPrices(agents: unknown): unknown {
  if (Array.isArray(agents)) return agents.map(withoutPrice);
  if (typeof agents !== "object" || agents === null) return agents;
  const entries = Object.entries(agents);
  return Object.fromEntries(entries.map(([role, agent]) => [role, withoutPrice(agent)]));
}

/** An agent, several of a role, or a debate that reviews, with agents of its own. */
function withoutPrice(agent: unknown): unknown {
  if (Array.isArray(agent)) return agent.map(withoutPrice);
  if (typeof agent !== "object" || agent === null) return agent;
  const { price: _, agents, ...rest } = agent as Readonly<Record<string, unknown>>;
  return agents === undefined ? rest : { ...rest, agents: withoutPrices(agents) };
}
