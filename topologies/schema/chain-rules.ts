import {
  improvementProblem,
  type ChainTopology,
  type EvolutionTopology,
  type StepProblem,
  type Topology,
} from "./topology-schema.ts";

/** Why a chain can't begin with a prompt (`npm run generate`), or null where it can. */
export function answeringProblem({ steps: [first] }: ChainTopology): StepProblem | null {
  if (first?.graph !== "coevol") return null;
  return {
    key: "steps.0.graph",
    message:
      "coevol improves a response, and with prompts there is none yet; expected single or feedback-loop first (npm run evolve takes this chain over data that hold the answers)",
  };
}

/** Why a chain can't begin with an answer (`npm run evolve`), or null where it can. */
export function evolvingProblem({ steps: [first] }: ChainTopology): StepProblem | null {
  const problem = first === undefined ? null : improvementProblem(first);
  return problem === null ? null : { ...problem, key: `steps.0.${problem.key}` };
}

/** True for what improves answers and can't give any: CoEvol, and a chain that begins with it. */
export function needsAnswers(topology: Topology): topology is EvolutionTopology {
  if (topology.graph === "coevol") return true;
  return topology.graph === "chain" && answeringProblem(topology) !== null;
}
