import type { RunnableConfig } from "@langchain/core/runnables";
import type { EvaluatorState } from "../../state/evaluation/evaluator-state.ts";
import type { StepRule } from "../../state/evaluation/step-rule.ts";
import type { StepVerdict } from "../../state/evaluation/step-verdict.ts";
import type { Verdict } from "../../state/verdict.ts";

export type WeighVerdictOptions = {
  /** The rule of each step, for the run that asks. */
  readonly rulesOf: (config: RunnableConfig | undefined) => readonly StepRule[];
};

/**
 * Notes the verdict of a cascade's step, and puts it into the cascade's: the last step asked
 * decides, and the votes of all steps are there.
 */
export function createWeighVerdict({ rulesOf }: WeighVerdictOptions) {
  return function weigh(
    { stepVerdicts, verdict }: typeof EvaluatorState.State,
    config?: RunnableConfig,
  ): typeof EvaluatorState.Update {
    if (verdict === undefined) return {};
    const step = stepAfter(stepVerdicts.at(-1)?.step ?? 0, rulesOf(config));
    const added = { step: step ?? stepVerdicts.length + 1, verdict };
    return { stepVerdicts: [added], verdict: joined([...stepVerdicts, added], verdict) };
  };
}

/** The number of the next step that is not skipped; undefined where there is none. */
export function stepAfter(step: number, rules: readonly StepRule[]): number | undefined {
  const at = rules.findIndex((rule, index) => index >= step && rule !== "skip");
  return at === -1 ? undefined : at + 1;
}

function joined(all: readonly StepVerdict[], last: Verdict): Verdict {
  return {
    ...last,
    votes: all.flatMap(({ verdict }) => verdict.votes),
    steps: all.map(({ step, verdict: { winner, scores } }) => ({ step, winner, scores })),
  };
}
