import type { DebateReviewState } from "../../state/generation/debate-review-state.ts";
import { bestOfRound, lastRound } from "../../state/generation/rounds.ts";

/**
 * Puts the latest response of a feedback loop before CoEvol's debaters. To them the loop is an
 * evolution of its first response, in which each later one that went on is a rewrite; so their
 * turns count on through the rounds (contract section 6).
 */
export function createOpenDebate() {
  return function openDebate(
    state: typeof DebateReviewState.State,
  ): typeof DebateReviewState.Update {
    const rounds = Array.from({ length: lastRound(state) }, (_, index) => index + 1);
    const [response = "", ...rewrites] = rounds.map((round) => {
      const champion = bestOfRound(state, round);
      return champion === undefined ? "" : (state.responses[champion]?.text ?? "");
    });
    return {
      part: state.place,
      response,
      rewrites: rewrites.map((text, index) => ({
        iteration: index + 1,
        suggestions: [],
        text,
        verdict: null,
        accepted: true,
      })),
    };
  };
}
