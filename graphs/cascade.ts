import { END, START, StateGraph } from "@langchain/langgraph";
import { createWeighVerdict } from "../nodes/steps/weigh-verdict.ts";
import {
  evaluatorSchemas,
  type EvaluatorSchemas,
  type EvaluatorState,
} from "../state/evaluator-state.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import { goesOn } from "../state/step-verdict.ts";
import type { Evaluator } from "./parts/evaluator.ts";
import { router } from "./parts/router.ts";

/** A step of a cascade. */
export type CascadeStep = {
  /** Its name in drawings and traces, behind the number of the step. */
  readonly name: string;
  readonly graph: Evaluator;
  /**
   * From the second step on: the step takes the rows whose scores by the step before differ by so
   * much at most. Ties, verdicts that couldn't be read and steps without an answer go on in any
   * case, and where it is not given they alone do.
   */
  readonly marginAtMost?: number | undefined;
};

export type CascadeOptions = {
  /** The cheapest first. */
  readonly steps: readonly CascadeStep[];
  /** Other schemas than the evaluators' own, with more fields. */
  readonly schemas?: EvaluatorSchemas | undefined;
};

/**
 * An evaluator, and stronger ones for the rows of which the step before is unsure. The verdict is
 * that of the last step asked, with the votes of all.
 *
 * @example
 * const steps = [
 *   { name: "judge", graph: createJudgeGraph(cheap) },
 *   { name: "jury", graph: createJury(strong), marginAtMost: 2 },
 * ];
 * const { verdict } = await createCascade({ steps }).invoke({ prompt, pair });
 */
export function createCascade({ steps, schemas = evaluatorSchemas }: CascadeOptions): Evaluator {
  const names = steps.map(({ name }, index) => `step-${index + 1}.${name}`);
  const [first] = names;
  if (first === undefined) throw new FellowshipError("bad_usage", "A cascade needs a step.");

  function nextOrEnd({ stepVerdicts }: typeof EvaluatorState.State) {
    const last = stepVerdicts.at(-1)?.verdict;
    const name = names[stepVerdicts.length];
    if (last === undefined || name === undefined) return END;
    return goesOn(last, steps[stepVerdicts.length]?.marginAtMost) ? name : END;
  }

  const evaluators = steps.map(({ graph }, index) => [names[index] ?? "", graph] as const);
  const graph = new StateGraph(schemas)
    .addNode(Object.fromEntries(evaluators))
    .addNode("weigh", createWeighVerdict())
    .addEdge(START, first);
  for (const name of names) graph.addEdge(name, "weigh");
  return graph
    .addConditionalEdges("weigh", router(nextOrEnd), [...names.slice(1), END])
    .compile({ name: "cascade" }) as unknown as Evaluator;
}
