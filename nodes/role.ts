import type { RunnableConfig } from "@langchain/core/runnables";
import type * as z from "zod";
import type { TextForm } from "../models/call.ts";
import type { Agent } from "../models/gate/agent.ts";
import type { Prompt, PromptShape } from "../prompts/load-prompt.ts";
import type { CallRecord } from "../state/calls/call-record.ts";
import type { EvaluatorState } from "../state/evaluation/evaluator-state.ts";
import type { EvolutionState } from "../state/generation/evolution-state.ts";
import type { Failure } from "../state/calls/failure.ts";
import type { GeneratorState } from "../state/generation/generator-state.ts";
import type { NodeFailure } from "../state/calls/outcome.ts";

/**
 * A node: a function of the state to an update of it. The state is a copy; changes to it are lost.
 * A node returns only the new items of a list, and the records of its calls in `transcript`, in
 * their order.
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

/** The least that every factory of a node is called with. */
export type MemberOptions = {
  readonly agent: Agent;
  /** The role's prompt file, or the file that the agent names under `prompt`. */
  readonly prompt: Prompt;
};

/** What a custom node in the place of a role's node may return. */
export type NodeRules<State, Update> = {
  /** The shape of an update in this state, without the transcript; an unknown key is a mistake. */
  readonly update: (state: State) => z.ZodObject;
  /** Keys of which one at least must hold something; none where the node may return nothing. */
  readonly needs?: readonly string[];
  /** The problem with an update of the right shape, in words; null where there is none. */
  readonly complain?: (returned: NodeUpdate, state: State) => string | null;
  /** The update in the place of the node's where it is not to run any more; null where it is. */
  readonly skip?: (state: State) => Update | null;
  /** The update in the place of the node's where it failed. */
  readonly failed: (failure: CustomNodeFailure, state: State) => Update;
  /** The beginning of the parts of its calls (contract section 6). */
  readonly partOf: (state: State) => string;
};

/** An update that a custom node returned, and the calls that it made. */
export type NodeUpdate = {
  readonly update: Readonly<Record<string, unknown>>;
  readonly calls: readonly CallRecord[];
};

/** Why a custom node failed: `node_failed` where it threw or did not return, `bad_node` else. */
export type CustomNodeFailure = Failure & { readonly reason: NodeFailure };

/** One node, or several by name (`talk` and `vote` of a debater). */
type Nodes = NodeFunction<never, unknown> | Readonly<Record<string, unknown>>;

/** The rules of one node, or of several by name. */
export type RulesOf<Made> =
  Made extends NodeFunction<infer State, infer Update>
    ? NodeRules<State, Update>
    : {
        readonly [Name in keyof Made]: Made[Name] extends NodeFunction<infer State, infer Update>
          ? NodeRules<State, Update>
          : never;
      };

/**
 * A role: a part that an agent can have in a graph. Everything that the rest of the program knows
 * of a role is in this object; `roles` lists them.
 */
export type Role<Name extends string, Options extends MemberOptions, Made extends Nodes> = {
  /** Its name in manifests, cards and traces, and under `role` in a topology in code. */
  readonly name: Name;
  /** The prompt file of an agent that names none, and the variables of its sections. */
  readonly prompt: { readonly name: string; readonly shape: PromptShape };
  /** A second prompt file, with the same two facts: who the agent is. */
  readonly persona?: { readonly name: string; readonly shape: PromptShape };
  /** The form of its answers where it is asked for plain text. */
  readonly form: TextForm;
  /** Usual sizes in tokens, for forecasts: of its instructions, and of an answer. */
  readonly usualTokens: { readonly instructions: number; readonly answer: number };
  /** Makes its node, or its nodes. */
  readonly create: (options: Options) => Made;
  /** Rules for custom nodes in their place. */
  readonly rules: (options: Options) => RulesOf<Made>;
};
