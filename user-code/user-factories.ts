import type { Agent } from "../models/gate/agent.ts";
import { guardNode, type GuardedState, type NodeRules } from "./guard-node.ts";
import type {
  AdvisorFactory,
  DebaterFactory,
  DebaterNodes,
  EditorFactory,
  EvaluatorNodeFunction,
  EvolutionNodeFunction,
  GeneratorFactory,
  GeneratorNodeFunction,
  JudgeFactory,
  NodeFunction,
  ReviewerFactory,
  SideFactory,
  SideNodeFunctions,
} from "../nodes/node-factory.ts";
import {
  advisorRules,
  argumentRules,
  branchRules,
  editorRules,
  generatorRules,
  readingRules,
  reviewerRules,
  talkRules,
  voteRules,
} from "./node-rules.ts";
import { defaultPatienceMs } from "./run-user-code.ts";
import { shownError, shownValue } from "./user-code-failure.ts";
import { FellowshipError } from "../state/fellowship-error.ts";

/** The factories of all roles, made of one export; an agent needs that of its own. */
export type CustomNodeFactories = {
  readonly generator: GeneratorFactory;
  readonly reviewer: ReviewerFactory;
  readonly judge: JudgeFactory;
  readonly debater: DebaterFactory;
  readonly side: SideFactory;
  readonly advisor: AdvisorFactory;
  readonly editor: EditorFactory;
};

/** A node of the user's own, loaded. */
export type CustomNode = {
  /** `examples/critic.ts#critic`. */
  readonly name: string;
  /** Where the topology names it, for messages. */
  readonly place: string;
  /** What the module exports by that name. */
  readonly exported: unknown;
  /** The longest it may do anything but wait for its calls, in milliseconds. */
  readonly patienceMs?: number | undefined;
};

/**
 * The factories of a node of the user's own: each calls what was exported, checks that a node came back, and puts a guard around it.
 *
 * @throws FellowshipError `bad_usage` with the place where the export is no function; and by the factories, so when the graph is
 *   built, where it throws or returns something else.
 */
export function customNodeFactories(own: CustomNode): CustomNodeFactories {
  const { made, several } = callOf(own);
  const { name, patienceMs = defaultPatienceMs } = own;

  function guarded<State extends GuardedState, Update>(
    node: NodeFunction<State, Update>,
    rules: NodeRules<State, Update>,
    agent: Agent,
  ) {
    return guardNode(node, rules, { name: `${agent.name} (${name})`, patienceMs });
  }

  return {
    generator: (options) => {
      const { reviewer, agent } = options;
      const rules = reviewer === undefined ? generatorRules : branchRules(reviewer);
      return guarded(made(options) as GeneratorNodeFunction, rules, agent);
    },
    reviewer: (options) => {
      const { agent } = options;
      return guarded(made(options) as GeneratorNodeFunction, reviewerRules(agent), agent);
    },
    judge: (options) => {
      const { agent } = options;
      return guarded(made(options) as EvaluatorNodeFunction, readingRules(agent), agent);
    },
    debater: (options) => {
      const { agent } = options;
      const { talk, vote } = several<DebaterNodes>(options, ["talk", "vote"]);
      return {
        talk: guarded(talk, talkRules(agent), agent),
        vote: guarded(vote, voteRules(agent), agent),
      };
    },
    side: (options) => {
      const { agent, side } = options;
      const nodes = several<SideNodeFunctions>(options, ["position", "crossReview"]);
      return {
        position: guarded(nodes.position, argumentRules(side, "position"), agent),
        crossReview: guarded(nodes.crossReview, argumentRules(side, "cross-review"), agent),
      };
    },
    advisor: (options) =>
      guarded(made(options) as EvolutionNodeFunction, advisorRules, options.agent),
    editor: (options) =>
      guarded(made(options) as EvolutionNodeFunction, editorRules, options.agent),
  };
}

/** Calls what was exported, and takes nothing but functions from it. */
function callOf({ name, place, exported }: CustomNode) {
  const bad = (problem: string) =>
    new FellowshipError("bad_usage", `${place}: ${name} ${problem}.`, { facts: { place, name } });
  if (typeof exported !== "function") {
    throw bad(`is no function (got ${shownValue(exported)}); expected the factory of a node`);
  }

  function called(options: object): unknown {
    try {
      return (exported as (options: object) => unknown)(options);
    } catch (error) {
      throw bad(`threw when the graph was built: ${shownError(error)}`);
    }
  }

  function made(options: object): unknown {
    const node = called(options);
    if (typeof node === "function") return node;
    throw bad(`returned ${shownValue(node)}; expected a node, which is a function of the state`);
  }

  function several<Nodes>(options: object, keys: readonly (keyof Nodes & string)[]): Nodes {
    const nodes = called(options) as Nodes | null | undefined;
    if (keys.every((key) => typeof nodes?.[key] === "function")) return nodes as Nodes;
    throw bad(`returned ${shownValue(nodes)}; expected the nodes { ${keys.join(", ")} }`);
  }

  return { made, several };
}
