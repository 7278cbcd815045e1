import type {
  ChainTopology,
  EvolutionTopology,
  StepTopology,
  Topology,
} from "./topology-schema.ts";

/** Steps of a chain at most; each may name files of its own, so that a file is refused before they are read. */
export const mostSteps = 8;

export type StepProblem = { readonly key: string; readonly message: string };

/** Why a step can't improve a response that is there, or null where it can. */
export function improvementProblem(step: StepTopology): StepProblem | null {
  if (step.graph === "coevol" && step.mode !== "iterate") {
    return {
      key: "mode",
      message: `${step.mode} takes its rewrite on no judge's word; a chain needs iterate`,
    };
  }
  if (step.graph === "single" && step.evaluator === undefined) {
    return {
      key: "evaluator",
      message: "is missing; these answers challenge the response of the step before",
    };
  }
  if (step.graph === "feedback-loop" && step.iterations === 1) {
    return {
      key: "iterations",
      message: "expected 2 or more (got 1); the response of the step before is the first of them",
    };
  }
  return null;
}

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
