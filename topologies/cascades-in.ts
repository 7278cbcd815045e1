import { agentsOfSteps, cascadeName, marginsOf, type CascadeTopology } from "./kinds/cascade.ts";

/** A cascade of a topology, as runs learn its margins and measure it. */
export type CascadeInTopology = {
  /** Its dotted key in the topology; empty where the topology is the cascade. */
  readonly key: string;
  /** The name under which a run gives it the rules of its steps. */
  readonly name: string;
  /** In their order. */
  readonly steps: readonly {
    readonly graph: string;
    /** The names of its agents, or of its checks. */
    readonly agents: readonly string[];
    /** As given, or as a run begins with it; undefined where ties alone go on. */
    readonly marginAtMost: number | undefined;
    readonly isLearned: boolean;
  }[];
};

/** The cascades of a topology: itself, its evaluator, and those of its steps. */
export function cascadesIn(topology: unknown, key = ""): CascadeInTopology[] {
  if (typeof topology !== "object" || topology === null) return [];
  const { graph, evaluator, steps } = topology as Record<string, unknown>;
  if (graph === "cascade") return [described(topology as CascadeTopology, key)];
  const below = (part: string) => (key === "" ? part : `${key}.${part}`);
  const inSteps = Array.isArray(steps)
    ? steps.flatMap((step, index) => cascadesIn(step, below(`steps.${index}`)))
    : [];
  return [...cascadesIn(evaluator, below("evaluator")), ...inSteps];
}

function described(topology: CascadeTopology, key: string): CascadeInTopology {
  const agents = agentsOfSteps(topology);
  const margins = marginsOf(topology);
  const steps = topology.steps.map(({ graph }, index) => ({
    graph,
    agents: agents[index] ?? [],
    marginAtMost: margins[index]?.marginAtMost,
    isLearned: margins[index]?.isLearned === true,
  }));
  return { key, name: cascadeName(topology), steps };
}
