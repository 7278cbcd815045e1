import { Overwrite } from "@langchain/langgraph";
import type { GeneratorState } from "../../state/generation/generator-state.ts";
import type { Response } from "../../state/response.ts";
import { isBetter, standings, type Ranking } from "../../state/generation/standings.ts";

/**
 * Writes its rating and score to each response of a pool, and names the best: of equals the first.
 */
export function createRankResponses({ ranking }: { readonly ranking: Ranking }) {
  return function rankResponses(state: typeof GeneratorState.State): typeof GeneratorState.Update {
    const found = standings(state.responses.length, state.comparisons, ranking);
    const responses = state.responses.map((response, index) => rated(response, found[index] ?? {}));
    const best = responses.reduce((champion, response, index) => {
      const other = responses[champion];
      const isFirstRated = other?.rating === undefined && response.rating !== undefined;
      return isFirstRated || (other !== undefined && isBetter(response, other)) ? index : champion;
    }, 0);
    return { responses: new Overwrite(responses), best };
  };
}

function rated(response: Response, { rating, score }: Pick<Response, "rating" | "score">) {
  return {
    ...response,
    ...(rating === undefined ? {} : { rating }),
    ...(score === undefined ? {} : { score }),
  };
}
