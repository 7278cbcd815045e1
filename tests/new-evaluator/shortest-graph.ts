import { END, START, StateGraph } from "@langchain/langgraph";
import {
  evaluatorSchemas,
  type EvaluatorSchemas,
  type EvaluatorState,
} from "../../state/evaluation/evaluator-state.ts";
import type { Evaluator } from "../../graphs/parts/evaluator.ts";

/** An evaluator that asks no model: the shorter response is better. */
export function createShortest(schemas: EvaluatorSchemas = evaluatorSchemas): Evaluator {
  function compare({ pair: { a, b } }: typeof EvaluatorState.State): typeof EvaluatorState.Update {
    const [lengthA, lengthB] = [a.text.length, b.text.length];
    const winner = lengthA === lengthB ? "tie" : lengthA < lengthB ? "a" : "b";
    return { verdict: { winner, scores: null, votes: [] } };
  }
  return new StateGraph(schemas)
    .addNode("compare", compare)
    .addEdge(START, "compare")
    .addEdge("compare", END)
    .compile({ name: "shortest" }) as unknown as Evaluator;
}
