import { Overwrite } from "@langchain/langgraph";
import type { GeneratorState } from "../../state/generation/generator-state.ts";
import { lastRound } from "../../state/generation/rounds.ts";
import { compareReviewers } from "./reviewer-order.ts";

/**
 * Waits for all revisions of a branching round, and puts them in the order of the reviewers in the
 * topology. Where every one of them failed, the loop ends with what it has.
 */
export function createCollectBranches({ reviewers }: { readonly reviewers: readonly string[] }) {
  return function collectBranches(
    state: typeof GeneratorState.State,
  ): typeof GeneratorState.Update {
    const reviewed = state.reviews.reduce((last, { round }) => Math.max(last, round), 0);
    if (lastRound(state) > reviewed) {
      return { responses: new Overwrite([...state.responses].sort(compareReviewers(reviewers))) };
    }
    return {
      endedEarly: { reason: "no_revision", detail: `no revision was made of round ${reviewed}` },
    };
  };
}
