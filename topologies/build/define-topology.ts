import type * as z from "zod";
import type { Evaluator } from "../../graphs/parts/evaluator.ts";
import type { EvaluatorGraph, GeneratorGraph } from "../../graphs/parts/runnable-graph.ts";
import type { Agent } from "../../models/gate/agent.ts";
import type { RoleName } from "../../nodes/roles.ts";
import type { Prompt, PromptShape } from "../../prompts/load-prompt.ts";
import type { evaluatorTopology } from "../kinds/evaluators.ts";

/**
 * An agent of a topology in code; `--model NAME=SPEC` and `--set agents.NAME.KEY=VALUE` change it.
 */
export type AgentInCode = {
  /** What it is asked as; manifests and simulated models go by it. */
  readonly role: RoleName;
  /** `provider:model`. */
  readonly model: string;
  readonly temperature?: number;
  /** The longest answer, in tokens. */
  readonly maxTokens?: number;
  /** The longest one request may take, in milliseconds. */
  readonly timeoutMs?: number;
  /** False for servers whose template has no system role. */
  readonly systemRole?: boolean;
  /** A file in `prompts/` in place of the role's own, for `members`. */
  readonly prompt?: string;
};

/**
 * An evaluator as in a topology file: inline, or the name of such a file from the module's folder.
 */
export type EvaluatorInCode = z.input<typeof evaluatorTopology> | { readonly file: string };

/** What a graph is built with. */
export type TopologyParts<Name extends string, Judged> = {
  /**
   * What the factory of an agent's role takes, by name: the agent, and the role's prompt. A
   * `debater` is one of CoEvol's, and a `judge` or `juror` scores both in one call.
   */
  readonly members: Readonly<Record<Name, { readonly agent: Agent; readonly prompt: Prompt }>>;
  /** Only the agents, for custom nodes; each can be asked while a row runs. */
  readonly agents: Readonly<Record<Name, Agent>>;
  /**
   * Loads `prompts/NAME.md`, checks it against what its role fills in, and notes its hash in the
   * manifest.
   */
  readonly prompt: (name: string, shape: PromptShape) => Prompt;
  /** The graph of the evaluator that is declared; null where none is. */
  readonly evaluator: Judged extends EvaluatorInCode ? Evaluator : null;
};

type Definition<Name extends string, Judged, Graph> = {
  /** What manifests, cards and traces call it: letters, digits and `-`. */
  readonly graph: string;
  /** Who takes part, by name. */
  readonly agents: Readonly<Record<Name, AgentInCode>>;
  /** Supersteps a row may take at most, from 1 to 10000. Default 100. */
  readonly recursionLimit?: number;
  /** What providers allow, as `limits:` in a topology file. */
  readonly limits?: Readonly<
    Record<string, { requestsPerMinute?: number; tokensPerMinute?: number; concurrency?: number }>
  >;
  /**
   * How often each agent is asked in a row, about; `--dry-run` reckons with it. The evaluator's
   * calls are not among them.
   */
  readonly calls?: Readonly<Partial<Record<Name, number>>>;
  /** Fits the graph together. Called once, before anything is asked. */
  readonly build: (parts: TopologyParts<Name, Judged>) => Graph;
};

/** A generator topology in code. */
export type GeneratorDefinition<Name extends string, Judged> = Definition<
  Name,
  Judged,
  GeneratorGraph
> & {
  /** Which comparisons become pairs; default `comparisons`. */
  readonly pairs?: "comparisons" | "best-first";
  /** Built before the graph and handed to `build`, as the graph inside that chooses the best. */
  readonly evaluator?: Judged;
  /** How often it is asked for a verdict in a row, about; default 1. */
  readonly contests?: number;
};

/** An evaluator topology in code. */
export type EvaluatorDefinition<Name extends string> = Definition<Name, undefined, EvaluatorGraph>;

const kind: unique symbol = Symbol.for("fellowship.topology-in-code");

/** What a module exports as `default` to be a topology. */
export type TopologyInCode =
  | { readonly [kind]: "generator"; readonly definition: GeneratorDefinition<string, unknown> }
  | { readonly [kind]: "evaluator"; readonly definition: EvaluatorDefinition<string> };

/**
 * A generator topology in code, for `fellowship generate FILE.ts`.
 *
 * @example
 * export default defineGenerator({
 *   graph: "one-answer",
 *   agents: { writer: { role: "generator", model: "openai:gpt-4o-mini" } },
 *   build: ({ members }) =>
 *     createSingle({ generator: createSampleResponse(members.writer), samples: 1, evaluator: null }),
 * });
 */
export function defineGenerator<
  Name extends string,
  Judged extends EvaluatorInCode | undefined = undefined,
>(definition: GeneratorDefinition<Name, Judged>): TopologyInCode {
  // Which agents there are is between the definition and its own build.
  return { [kind]: "generator", definition: definition as never };
}

/** An evaluator topology in code, for `fellowship evaluate FILE.ts`. */
export function defineEvaluator<Name extends string>(
  definition: EvaluatorDefinition<Name>,
): TopologyInCode {
  return { [kind]: "evaluator", definition: definition as never };
}

/**
 * A topology in code, where the kind is a value of the module rather than a choice of the function:
 * the same as `defineGenerator` and `defineEvaluator`.
 *
 * @example
 * export default defineTopology("evaluator", { graph: "shorter", agents: {}, build: () => shorter });
 */
export function defineTopology<
  Name extends string,
  Judged extends EvaluatorInCode | undefined = undefined,
>(kind: "generator", definition: GeneratorDefinition<Name, Judged>): TopologyInCode;
export function defineTopology<Name extends string>(
  kind: "evaluator",
  definition: EvaluatorDefinition<Name>,
): TopologyInCode;
export function defineTopology(
  kindOfGraph: "generator" | "evaluator",
  definition: unknown,
): TopologyInCode {
  return { [kind]: kindOfGraph, definition: definition as never };
}

/** Which kind of topology a module's default export is; null where it is none. */
export function kindOf(value: unknown): "generator" | "evaluator" | null {
  if (typeof value !== "object" || value === null || !(kind in value)) return null;
  return (value as TopologyInCode)[kind];
}
