import { END, START, StateGraph, type Pregel } from "@langchain/langgraph";
import {
  generatorSchemas,
  improvementSchemas,
  type GeneratorSchemas,
  type GeneratorState,
} from "../state/generation/generator-state.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import type { ChainStep } from "./chain-step.ts";
import { ownBounds } from "./parts/own-bounds.ts";
import { router } from "./parts/router.ts";

type State = typeof GeneratorState.State;
// The types of its nodes and channels differ from graph to graph.
// oxlint-disable-next-line typescript/no-explicit-any
type Inside = Pregel<any, any>;

export type ChainOptions = {
  /** In their order; `answeringStep`, `generatorStep`, `coevolStep`, or custom steps. */
  readonly steps: readonly ChainStep[];
  /** A response goes in, and the first step improves it already (`improvementSchemas`). */
  readonly improves?: boolean | undefined;
  /** Other schemas than the generators' own, with more fields. */
  readonly schemas?: GeneratorSchemas | undefined;
};

/**
 * Steps one after another: the first answers, each later one improves the best response so far.
 * Responses and comparisons are numbered on through all steps. One that ends before its time leaves
 * the responses there are, and the next goes on from the best of them; the row fails where the
 * first one does.
 *
 * @example
 * const first = answeringStep("loop", createFeedbackLoop(loop));
 * const second = coevolStep("rewrites", createCoevol(members), { step: 2, agent: "editor" });
 * const { responses, best } = await createChain({ steps: [first, second] }).invoke({ prompt });
 */
export function createChain({ steps, improves = false, schemas }: ChainOptions) {
  const named = steps.map((step, index) => ({ ...step, name: `step-${index + 1}.${step.name}` }));
  const [first, ...later] = named;
  if (first === undefined) throw new FellowshipError("bad_usage", "A chain needs a step.");
  const graph = new StateGraph(schemas ?? (improves ? improvementSchemas : generatorSchemas))
    .addNode(first.name, first.node, opened(first))
    .addEdge(START, first.name);
  for (const step of later) graph.addNode(step.name, step.node, opened(step));

  for (const [index, { name }] of named.entries()) {
    const next = named[index + 1]?.name ?? END;
    if (index > 0 || next === END) graph.addEdge(name, next);
    else graph.addConditionalEdges(name, unlessFailed(next), [next, END]);
  }
  return graph.compile({ name: "chain" }).withConfig(ownBounds);
}

/** Every compiled graph is a `Pregel`; a step keeps what is needed to draw it alone. */
function opened({ inside }: ChainStep) {
  return inside === undefined ? {} : { subgraphs: [inside as unknown as Inside] };
}

/** On to the second step; where the first one has no response there is nothing to improve. */
function unlessFailed(next: string) {
  return router(function unlessFailed({ failure }: State) {
    return failure === undefined ? next : END;
  });
}
