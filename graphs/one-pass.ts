import { END, START, StateGraph } from "@langchain/langgraph";
import { createAcceptRewrite } from "../nodes/steps/accept-rewrite.ts";
import { evolutionSchemas } from "../state/evolution-state.ts";
import { unlessEnded, type CoevolOptions } from "./coevol.ts";

export type OnePassOptions = Pick<CoevolOptions, "schemas"> &
  (
    | ({ readonly mode: "edit" } & Pick<CoevolOptions, "editor">)
    | ({ readonly mode: "advise-edit-blind" | "advise-edit" } & Pick<
        CoevolOptions,
        "advisor" | "editor"
      >)
    | ({ readonly mode: "debate-advise-edit" } & Pick<
        CoevolOptions,
        "positive" | "critical" | "advisor" | "editor"
      >)
  );

/**
 * CoEvol's ablations (arXiv 2406.07054): its nodes in one pass without a judge, so that the rewrite is taken as it is.
 * The editor alone; with an advisor who does not see the response (`-blind`) or does; with the debate before that.
 */
export function createOnePass(options: OnePassOptions) {
  const editing = new StateGraph(options.schemas ?? evolutionSchemas)
    .addNode("editor", options.editor)
    .addNode("accept", createAcceptRewrite())
    .addConditionalEdges("editor", unlessEnded("accept"), ["accept", END])
    .addEdge("accept", END);
  const name = options.mode;
  if (name === "edit") return editing.addEdge(START, "editor").compile({ name });

  const advising = editing
    .addNode("advisor", options.advisor)
    .addConditionalEdges("advisor", unlessEnded("editor"), ["editor", END]);
  if (options.mode !== "debate-advise-edit") {
    return advising.addEdge(START, "advisor").compile({ name });
  }

  const { positive, critical } = options;
  return advising
    .addNode("positive", positive.position)
    .addNode("critical", critical.position)
    .addNode("positive.cross-review", positive.crossReview)
    .addNode("critical.cross-review", critical.crossReview)
    .addEdge(START, "positive")
    .addEdge(START, "critical")
    .addEdge(["positive", "critical"], "positive.cross-review")
    .addEdge(["positive", "critical"], "critical.cross-review")
    .addEdge(["positive.cross-review", "critical.cross-review"], "advisor")
    .compile({ name });
}
