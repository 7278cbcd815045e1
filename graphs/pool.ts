import { END, START, StateGraph } from "@langchain/langgraph";
import { createPoolMember } from "../nodes/pool-member.ts";
import type { GeneratorNodeFunction } from "../nodes/role.ts";
import { createChoose } from "../nodes/steps/choose.ts";
import { createCollectPool } from "../nodes/steps/collect-pool.ts";
import { createMatch, isDrawn, nextMatch } from "../nodes/steps/match.ts";
import { createRankResponses } from "../nodes/steps/rank-responses.ts";
import {
  generatorSchemas,
  type GeneratorNode,
  type GeneratorSchemas,
  type GeneratorState,
} from "../state/generation/generator-state.ts";
import type { Ranking } from "../state/generation/standings.ts";
import { oneKind, type EvaluatorInGraph } from "./parts/evaluator.ts";
import { nodeName } from "./parts/node-name.ts";
import { ownBounds } from "./parts/own-bounds.ts";
import { router } from "./parts/router.ts";
import { sideBySide } from "./parts/side-by-side.ts";

type State = typeof GeneratorState.State;

export type PoolOptions = {
  /** Each answers the prompt `samples` times; `createSampleResponse`, or a custom node. */
  readonly generators: readonly {
    readonly name: string;
    readonly node: GeneratorNodeFunction;
    readonly samples: number;
  }[];
  readonly evaluator: EvaluatorInGraph<GeneratorNode>;
  /**
   * `pairwise`: each response meets each other · `bracket`: single elimination, one comparison less
   * than responses · `scores`: each response is scored, by an evaluator that sees it alone.
   */
  readonly ranking: Ranking;
  /** Other schemas than the generators' own, with more fields. */
  readonly schemas?: GeneratorSchemas | undefined;
};

/**
 * Several models answer, and the evaluator ranks the answers (UltraFeedback, arXiv 2310.01377,
 * section 2; Tulu 3, arXiv 2411.15124, section 5.2).
 *
 * @example
 * const generators = [{ name: "oak", node: createSampleResponse({ agent, prompt }), samples: 4 }];
 * const pool = createPool({ generators, evaluator: createJudgeGraph(judging), ranking: "pairwise" });
 * const { responses, best } = await pool.invoke({ prompt: [{ role: "user", content: "…" }] });
 */
export function createPool({ generators, evaluator, ranking, schemas }: PoolOptions) {
  let before = 0;
  const members = sideBySide(
    generators.map((one) => {
      const member = createPoolMember({ ...one, before });
      before += one.samples;
      return [nodeName("generator", one.name), member] as const;
    }),
  );
  const names = Object.keys(members);

  function nextOrRank(state: State) {
    if (state.failure !== undefined) return END;
    return nextMatch(state, ranking) === null ? "rank" : "match";
  }

  function askOrChoose(state: State) {
    return isDrawn(state, ranking) ? "choose" : "evaluator";
  }

  const graph = new StateGraph(schemas ?? generatorSchemas)
    .addNode(members)
    .addNode("collect", createCollectPool())
    .addNode("match", createMatch({ ranking }))
    .addNode("evaluator", oneKind(evaluator))
    .addNode("choose", createChoose())
    .addNode("rank", createRankResponses({ ranking }));
  for (const name of names) graph.addEdge(START, name);
  return graph
    .addEdge(names, "collect")
    .addConditionalEdges("collect", router(nextOrRank), ["match", "rank", END])
    .addConditionalEdges("match", router(askOrChoose), ["evaluator", "choose"])
    .addEdge("evaluator", "choose")
    .addConditionalEdges("choose", router(nextOrRank), ["match", "rank", END])
    .addEdge("rank", END)
    .compile({ name: "pool" })
    .withConfig(ownBounds);
}
