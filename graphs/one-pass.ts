import { END, START, StateGraph } from "@langchain/langgraph";
import { createAcceptRewrite } from "../nodes/steps/accept-rewrite.ts";
import { evolutionSchemas } from "../state/generation/evolution-state.ts";
import { unlessEnded, type CoevolOptions } from "./coevol.ts";
import { addDebateEdges, advice, debateNodes, type DebateNodes } from "./parts/debate.ts";

export type OnePassOptions = Pick<CoevolOptions, "schemas"> &
  (
    | ({ readonly mode: "edit" } & Pick<CoevolOptions, "editor">)
    | ({ readonly mode: "advise-edit-blind" | "advise-edit" } & Pick<CoevolOptions, "editor"> &
        Omit<DebateNodes, "positive" | "critical">)
    | ({ readonly mode: "debate-advise-edit" } & Pick<CoevolOptions, "editor"> & DebateNodes)
  );

/**
 * CoEvol's ablations (arXiv 2406.07054): its nodes in one pass without a judge, so that the rewrite
 * is taken as it is. The editor alone; with an advisor who does not see the response (`-blind`) or
 * does; with the debate before that.
 */
export function createOnePass(options: OnePassOptions) {
  const editing = new StateGraph(options.schemas ?? evolutionSchemas)
    .addNode("editor", options.editor)
    .addNode("accept", createAcceptRewrite())
    .addConditionalEdges("editor", unlessEnded("accept"), ["accept", END])
    .addEdge("accept", END);
  const name = options.mode;
  if (name === "edit") return editing.addEdge(START, "editor").compile({ name });

  if (options.mode !== "debate-advise-edit") {
    return editing
      .addNode(advice, options.advisor)
      .addEdge(START, advice)
      .addConditionalEdges(advice, unlessEnded("editor"), ["editor", END])
      .compile({ name });
  }
  return addDebateEdges(editing.addNode(debateNodes(options)))
    .addEdge(START, "positive")
    .addEdge(START, "critical")
    .addConditionalEdges(advice, unlessEnded("editor"), ["editor", END])
    .compile({ name });
}
