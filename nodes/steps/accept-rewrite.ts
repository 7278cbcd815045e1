import type { EvolutionState } from "../../state/generation/evolution-state.ts";
import { iterationOf, unparsedVerdict } from "../../state/generation/evolved-answer.ts";
import type { Failure } from "../../state/calls/failure.ts";
import type { Verdict } from "../../state/verdict.ts";

/**
 * Takes the rewrite in place of the response where the verdict finds it strictly better, or where
 * there is no judge (arXiv 2406.07054). Without a verdict the response stays as it is, with the
 * reason.
 */
export function createAcceptRewrite() {
  return function accept(state: typeof EvolutionState.State): typeof EvolutionState.Update {
    const { suggestions, rewrite, verdict = null } = state;
    const accepted = verdict === null || verdict.winner === "b";
    const iteration = iterationOf(state);
    return {
      rewrites: [{ iteration, suggestions, text: rewrite ?? "", verdict, accepted }],
      ended: verdict === null ? null : whyNone(verdict, iteration),
    };
  };
}

function whyNone({ failure, winner }: Verdict, iteration: number): Failure | null {
  if (failure !== undefined) return failure;
  if (winner !== "none") return null;
  return {
    reason: unparsedVerdict,
    detail: `no reading of the verdict in iteration ${iteration} could be understood`,
  };
}
