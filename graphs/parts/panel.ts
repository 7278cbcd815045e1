import { END, START, StateGraph } from "@langchain/langgraph";
import {
  createAggregateVotes,
  type Aggregate,
  type Merge,
  type OnFlip,
} from "../../nodes/steps/aggregate-votes.ts";
import {
  evaluatorSchemas,
  type EvaluatorNode,
  type EvaluatorSchemas,
} from "../../state/evaluation/evaluator-state.ts";
import { nodeName } from "./node-name.ts";
import { sideBySide } from "./side-by-side.ts";

/**
 * A judge among others: the name that its readings bear, and its node; `createJudge`, or one of
 * one's own.
 */
export type Panelist = {
  readonly name: string;
  readonly node: EvaluatorNode;
  /** What the vote counts under `aggregate: weighted`; 1 where not given. */
  readonly weight?: number | undefined;
  /** Whether its scores are on a scale of their own, as a reward model's are; default false. */
  readonly hasOwnScale?: boolean | undefined;
};

export type PanelOptions = {
  readonly aggregate: Aggregate;
  /**
   * What becomes of a vote that can't be read, and of a verdict without any vote: a tie, or `none`.
   */
  readonly onUnparsed: "tie" | "fail";
  /** How the readings in both orders become one vote; default `agree`. */
  readonly merge?: Merge | undefined;
  /** The vote where the readings in both orders disagree; default `tie`. */
  readonly onFlip?: OnFlip | undefined;
  /** Other schemas than the evaluators' own, with more fields. */
  readonly schemas?: EvaluatorSchemas | undefined;
};

/** Judges side by side, who don't see each other, and a conclusion: a judge is a panel of one. */
export function createPanel(
  role: "judge" | "juror",
  panelists: readonly Panelist[],
  { aggregate, onUnparsed, merge, onFlip, schemas = evaluatorSchemas }: PanelOptions,
) {
  const judges = sideBySide(
    panelists.map(({ name, node }) => [nodeName(role, name), node] as const),
  );
  const agents = panelists.map(({ name, weight = 1 }) => ({ name, weight }));
  const hasOneScale =
    panelists.length === 1 || panelists.every(({ hasOwnScale }) => hasOwnScale !== true);
  const graph = new StateGraph(schemas)
    .addNode(judges)
    .addNode(
      "conclude",
      createAggregateVotes({ agents, aggregate, onUnparsed, merge, onFlip, hasOneScale }),
    );
  for (const name of Object.keys(judges)) graph.addEdge(START, name);
  return graph
    .addEdge(Object.keys(judges), "conclude")
    .addEdge("conclude", END)
    .compile({ name: role === "judge" ? "judge" : "jury" });
}
