import { countCalls } from "../../state/calls/call-counts.ts";
import type { EvolutionState } from "../../state/generation/evolution-state.ts";
import { currentResponse } from "../../state/generation/evolved-answer.ts";

/** Gives the evaluator the current response as A, and its rewrite as B. */
export function createChallengeRewrite() {
  return function challenge(state: typeof EvolutionState.State): typeof EvolutionState.Update {
    return {
      pair: { a: { text: currentResponse(state) }, b: { text: state.rewrite ?? "" } },
      // The evaluator was asked in this part before: its turns count on.
      asked: countCalls(state.transcript),
    };
  };
}
