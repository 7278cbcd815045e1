import { Overwrite } from "@langchain/langgraph";
import type { GeneratorState } from "../../state/generation/generator-state.ts";
import { lastRound } from "../../state/generation/rounds.ts";
import { compareReviewers } from "./reviewer-order.ts";

/**
 * Waits for all reviewers of a round, and puts their reviews in the topology's order. Where every
 * one of them failed, the loop ends with what it has.
 */
export function createCollectReviews({ reviewers }: { readonly reviewers: readonly string[] }) {
  return function collectReviews(state: typeof GeneratorState.State): typeof GeneratorState.Update {
    const round = lastRound(state);
    if (state.reviews.some((review) => review.round === round)) {
      return { reviews: new Overwrite([...state.reviews].sort(compareReviewers(reviewers))) };
    }
    return {
      endedEarly: { reason: "no_review", detail: `no reviewer answered in round ${round}` },
    };
  };
}
