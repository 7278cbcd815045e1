import type { RunnableConfig } from "@langchain/core/runnables";
import type { Agent } from "../models/gate/agent.ts";
import type { Prompt } from "../prompts/load-prompt.ts";
import type { EvaluatorState } from "../state/evaluator-state.ts";
import type { EvolutionState } from "../state/evolution-state.ts";
import type { GeneratorState } from "../state/generator-state.ts";
import type { AdvisorOptions } from "./advisor.ts";
import type { DebaterOptions } from "./debater.ts";
import type { GeneratorOptions } from "./generator.ts";
import type { JudgeOptions } from "./judge.ts";
import type { SideOptions } from "./debater-position.ts";

/**
 * A node: a function of the state to an update of it. The state is its own copy; what it does not return is not done. Of the lists
 * in the state it returns what is new alone, and of its calls the records in `transcript`, in their order.
 */
export type NodeFunction<State, Update> = (
  state: State,
  config?: RunnableConfig,
) => Update | Promise<Update>;

/** A step of a generator graph: generators and reviewers. */
export type GeneratorNodeFunction = NodeFunction<
  typeof GeneratorState.State,
  typeof GeneratorState.Update
>;
/** A step of an evaluator: judges, jurors, debaters. */
export type EvaluatorNodeFunction = NodeFunction<
  typeof EvaluatorState.State,
  typeof EvaluatorState.Update
>;
/** A step of CoEvol: its debaters, advisor and editor. */
export type EvolutionNodeFunction = NodeFunction<
  typeof EvolutionState.State,
  typeof EvolutionState.Update
>;

/**
 * The factories of the roles: what `node: ./file.ts#export` names for an agent of that role, and what stands in `nodes/`. An own
 * factory is called once, when the graph is built, with all that ours is called with; so it may hand its options on to ours and
 * change what comes back.
 *
 * @example
 * export const critic: ReviewerFactory = ({ agent, prompt }) => {
 *   const inner = createReviewer({ agent, prompt });
 *   return async function critic(state) {
 *     return inner(state);
 *   };
 * };
 */
export type ReviewerFactory = (options: MemberOptions) => GeneratorNodeFunction;

export type MemberOptions = {
  readonly agent: Agent;
  /** The role's own, or the file that the agent names under `prompt`. */
  readonly prompt: Prompt;
};

/**
 * Leaves the response of the next round, or `failure`, or `endedEarly`. In a branching loop it is called once more for each
 * `reviewer`, and each such node leaves the revision after that reviewer's feedback alone, or nothing; in `graph: single` it
 * answers anew each time, as `createSampleResponse` does.
 */
export type GeneratorFactory = (options: GeneratorOptions) => GeneratorNodeFunction;

/** A judge or a juror: leaves a reading under its name for each view it took of the pair, one at least. */
export type JudgeFactory = (options: JudgeOptions) => EvaluatorNodeFunction;

/** The two nodes of a debater: for a round of talk, and for its scores after the last. */
export type DebaterNodes = {
  /** Leaves a statement; without one it must have asked its agent, and is silent in this round. */
  readonly talk: EvaluatorNodeFunction;
  /** Leaves a reading under its name. */
  readonly vote: EvaluatorNodeFunction;
};
export type DebaterFactory = (
  options: DebaterOptions & Pick<JudgeOptions, "scale" | "reasks">,
) => DebaterNodes;

/** The two nodes of CoEvol's positive or critical debater: each leaves an argument or nothing. */
export type SideNodeFunctions = {
  readonly position: EvolutionNodeFunction;
  readonly crossReview: EvolutionNodeFunction;
};
export type SideFactory = (options: SideOptions) => SideNodeFunctions;

/** CoEvol's advisor: leaves one to three suggestions, or `ended`. */
export type AdvisorFactory = (options: AdvisorOptions) => EvolutionNodeFunction;

/** CoEvol's editor: leaves a `rewrite`, or `ended`. */
export type EditorFactory = (options: MemberOptions) => EvolutionNodeFunction;
