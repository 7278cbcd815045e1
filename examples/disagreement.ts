import { END, START, StateGraph } from "@langchain/langgraph";
import { createAdvisor, createChallenge, createChoose, createCollectReviews } from "fellowship";
import { createDebateReviewer, createGenerator, createReviewer, createSide } from "fellowship";
import { defineGenerator, generatorSchemas, type GeneratorState } from "fellowship";

type State = typeof GeneratorState.State;
const reviewers = ["kind", "strict"] as const;

/** Two reviewers read a response; where they differ, a debate looks into it; an editor revises by what they all say. */
export default defineGenerator({
  graph: "disagreement",
  agents: {
    generator: { role: "generator", model: "sim:oak?skill=0.4" },
    kind: { role: "reviewer", model: "sim:elm?noise=0.2" },
    strict: { role: "reviewer", model: "sim:ash?noise=0.2" },
    positive: { role: "debater", model: "sim:elm", prompt: "coevol-positive" },
    critical: { role: "debater", model: "sim:ash", prompt: "coevol-critical" },
    advisor: { role: "advisor", model: "sim:elm" },
    editor: { role: "generator", model: "sim:elm" },
  },
  evaluator: { graph: "judge", agents: { judge: { model: "sim:yew?skill=0.8" } } },
  build: ({ members: { generator, kind, strict, ...others }, evaluator }) => {
    const positive = createSide({ ...others.positive, side: "positive" });
    const critical = createSide({ ...others.critical, side: "critical" });
    const advisor = createAdvisor({ ...others.advisor, sees: "debate" });
    return new StateGraph(generatorSchemas)
      .addNode({ generator: createGenerator(generator), editor: createGenerator(others.editor) })
      .addNode({ kind: createReviewer(kind), strict: createReviewer(strict) })
      .addNode("compare", createCollectReviews({ reviewers }))
      .addNode("debate", createDebateReviewer({ name: "debate", positive, critical, advisor }))
      .addNode({ challenge: createChallenge(), choose: createChoose() })
      .addNode("evaluator", evaluator)
      .addEdge(START, "generator")
      .addConditionalEdges("generator", unlessEnded(reviewers), [...reviewers, END])
      .addEdge([...reviewers], "compare")
      .addConditionalEdges("compare", whoIsNext, ["debate", "editor", END])
      .addEdge("debate", "editor")
      .addConditionalEdges("editor", unlessEnded(["challenge"]), ["challenge", END])
      .addEdge("challenge", "evaluator")
      .addEdge("evaluator", "choose")
      .compile({ name: "disagreement" });
  },
});

function unlessEnded(next: readonly string[]) {
  return ({ failure, endedEarly = failure }: State) => (endedEarly ? END : [...next]);
}
function whoIsNext(now: State) {
  const scores = now.reviews.map(({ score }) => score ?? 0);
  const differ = Math.max(...scores) - Math.min(...scores) > 1;
  return unlessEnded([differ ? "debate" : "editor"])(now);
}
