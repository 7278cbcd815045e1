import type { RunnableConfig } from "@langchain/core/runnables";
import { END, START, StateGraph } from "@langchain/langgraph";
import { createWeighVerdict, stepAfter } from "../nodes/steps/weigh-verdict.ts";
import {
  evaluatorSchemas,
  type EvaluatorSchemas,
  type EvaluatorState,
} from "../state/evaluation/evaluator-state.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import { stepRulesKey, type StepRule, type StepRules } from "../state/evaluation/step-rule.ts";
import { goesOn } from "../state/evaluation/step-verdict.ts";
import type { Evaluator } from "./parts/evaluator.ts";
import { router } from "./parts/router.ts";

type State = typeof EvaluatorState.State;

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
  /**
   * The name under which a run may give other rules than the margins (`stepRules` in the
   * configuration), because it learns them. Without a name the margins are fixed.
   */
  readonly learnsAs?: string | undefined;
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
export function createCascade({
  steps,
  learnsAs,
  schemas = evaluatorSchemas,
}: CascadeOptions): Evaluator {
  const names = steps.map(({ name }, index) => `step-${index + 1}.${name}`);
  const [first] = names;
  if (first === undefined) throw new FellowshipError("bad_usage", "A cascade needs a step.");
  const given = steps.map(({ marginAtMost }, index): StepRule => {
    return index === 0 ? "every" : (marginAtMost ?? "unsure");
  });

  function rulesOf(config: RunnableConfig | undefined): readonly StepRule[] {
    const rules = config?.configurable?.[stepRulesKey] as StepRules | undefined;
    return (learnsAs === undefined ? undefined : rules?.[learnsAs]) ?? given;
  }

  function nameAfter(step: number, config?: RunnableConfig): string {
    const next = stepAfter(step, rulesOf(config));
    return (next === undefined ? undefined : names[next - 1]) ?? END;
  }

  function firstAsked(_: State, config?: RunnableConfig) {
    return nameAfter(0, config);
  }

  function nextOrEnd({ stepVerdicts }: State, config?: RunnableConfig) {
    const last = stepVerdicts.at(-1);
    const next = last === undefined ? undefined : stepAfter(last.step, rulesOf(config));
    if (last === undefined || next === undefined) return END;
    return goesOn(last.verdict, rulesOf(config)[next - 1] ?? "every")
      ? nameAfter(last.step, config)
      : END;
  }

  const evaluators = steps.map(({ graph }, index) => [names[index] ?? "", graph] as const);
  const graph = new StateGraph(schemas)
    .addNode(Object.fromEntries(evaluators))
    .addNode("weigh", createWeighVerdict({ rulesOf }));
  if (learnsAs === undefined) graph.addEdge(START, first);
  else graph.addConditionalEdges(START, router(firstAsked), names);
  for (const name of names) graph.addEdge(name, "weigh");
  return graph
    .addConditionalEdges("weigh", router(nextOrEnd), [...names.slice(1), END])
    .compile({ name: "cascade" }) as unknown as Evaluator;
}
