import { Overwrite } from "@langchain/langgraph";
import type { GeneratorState } from "../../state/generation/generator-state.ts";

/**
 * Waits for all generators of a pool, and puts their responses in the topology's order. A generator
 * that failed is left out; where all of them did, the row fails as the first one did.
 */
export function createCollectPool() {
  return function collectPool(state: typeof GeneratorState.State): typeof GeneratorState.Update {
    const { responses, endedEarly } = state;
    if (responses.length === 0 && endedEarly !== undefined) return { failure: endedEarly };
    return {
      responses: new Overwrite(responses.toSorted((one, other) => one.round - other.round)),
    };
  };
}
