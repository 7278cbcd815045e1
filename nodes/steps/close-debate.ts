import type { DebateReviewState } from "../../state/generation/debate-review-state.ts";
import { isNodeFailure } from "../../state/calls/outcome.ts";
import { lastRound } from "../../state/generation/rounds.ts";

/**
 * Makes the advisor's suggestions a review, which has no score. Where it failed or suggested
 * nothing there is none, as with any reviewer that fails. Where a custom node failed, its row does.
 */
export function createCloseDebate({ name }: { readonly name: string }) {
  return function closeDebate(
    state: typeof DebateReviewState.State,
  ): typeof DebateReviewState.Update {
    const { ended, suggestions } = state;
    if (ended !== null && isNodeFailure(ended.reason)) return { failure: ended };
    if (ended !== null || suggestions.length === 0) return {};
    const text = suggestions.join("\n");
    const round = lastRound(state);
    return {
      reviews: [{ reviewer: name, round, text, evaluation: "", score: null, feedback: text }],
    };
  };
}
