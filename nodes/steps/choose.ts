import type { Comparison } from "../../state/evaluation/comparison.ts";
import type { GeneratorState } from "../../state/generation/generator-state.ts";
import { winnerOf } from "../../state/generation/rounds.ts";

/**
 * Takes the evaluator's verdict on the contest: the winner is the best so far, and after a tie the
 * later response is (contract section 4). Where no agent of the evaluator answered, the row fails
 * with the reason.
 */
export function createChoose() {
  return function choose(state: typeof GeneratorState.State): typeof GeneratorState.Update {
    const { contest, verdict } = state;
    if (contest === undefined || verdict === undefined) return {};
    if (verdict.failure !== undefined) return { failure: verdict.failure };
    const challengerIs = contest.incumbentIs === "a" ? "b" : "a";
    const won =
      verdict.winner === contest.incumbentIs
        ? contest.incumbent
        : verdict.winner === challengerIs
          ? contest.challenger
          : null;
    const comparison: Comparison = { ...contest, won, verdict };
    return {
      comparisons: [comparison],
      ...(contest.siblings ? {} : { best: winnerOf(comparison) }),
    };
  };
}
