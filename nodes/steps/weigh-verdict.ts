import type { EvaluatorState } from "../../state/evaluator-state.ts";
import type { StepVerdict } from "../../state/step-verdict.ts";
import type { Verdict } from "../../state/verdict.ts";

/**
 * Notes the verdict of a cascade's step, and puts it into the cascade's: the last step asked
 * decides, and the votes of all steps are there.
 */
export function createWeighVerdict() {
  return function weigh({
    stepVerdicts,
    verdict,
  }: typeof EvaluatorState.State): typeof EvaluatorState.Update {
    if (verdict === undefined) return {};
    const step = stepVerdicts.length + 1;
    const added = { step, verdict };
    return { stepVerdicts: [added], verdict: joined([...stepVerdicts, added], verdict) };
  };
}

function joined(all: readonly StepVerdict[], last: Verdict): Verdict {
  return {
    ...last,
    votes: all.flatMap(({ verdict }) => verdict.votes),
    steps: all.map(({ verdict: { winner, scores } }) => ({ winner, scores })),
  };
}
