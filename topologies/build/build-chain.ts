import { createChain } from "../../graphs/chain.ts";
import {
  answeringStep,
  coevolStep,
  generatorStep,
  type ChainStep,
} from "../../graphs/chain-step.ts";
import { createCoevol } from "../../graphs/coevol.ts";
import { createChainEvolution } from "../../graphs/chain-evolution.ts";
import { createEvolveConversation } from "../../graphs/evolve-conversation.ts";
import { createFeedbackLoop } from "../../graphs/feedback-loop.ts";
import { createSingle } from "../../graphs/single.ts";
import { countTokens } from "../../models/cost/count-tokens.ts";
import type { MemberConversations } from "../../state/loop-progress.ts";
import {
  buildEvolution,
  coevolOptions,
  conversationSteps,
  type BuiltEvolution,
} from "./build-evolution.ts";
import {
  buildGenerator,
  feedbackLoopOptions,
  singleOptions,
  type BuiltGenerator,
} from "./build-generator.ts";
import { inOrder } from "./in-order.ts";
import type {
  ChainTopology,
  EvolutionTopology,
  GeneratorTopology,
  StepTopology,
} from "../schema/topology-schema.ts";
import { openBuildSession, type BuildContext, type BuildSession } from "./build-session.ts";

type BuiltStep = {
  readonly step: ChainStep;
  readonly recursionLimit: number;
  /** Of a loop that begins the chain. */
  readonly members: MemberConversations | null;
};

/**
 * Turns what answers prompts into its graph: a generator topology, or a chain of them.
 *
 * @throws FellowshipError `bad_usage` for a missing key, an unknown provider, or a prompt file that does not fit.
 */
export async function buildAnyGenerator(
  topology: GeneratorTopology,
  context: BuildContext,
): Promise<BuiltGenerator> {
  if (topology.graph !== "chain") return buildGenerator(topology, context);
  const workshop = openBuildSession(context);
  const built = await chainSteps(topology, workshop, { improves: false });
  return {
    ...noted(workshop),
    graph: createChain({ steps: built.map(({ step }) => step) }),
    members: built[0]?.members ?? null,
    recursionLimit: recursionLimitOf(built),
  };
}

/**
 * Turns what improves the answers of instruction data into its graph: CoEvol, or a chain.
 *
 * @throws FellowshipError as `buildAnyGenerator`
 */
export async function buildAnyEvolution(
  topology: EvolutionTopology,
  context: BuildContext,
): Promise<BuiltEvolution> {
  if (topology.graph !== "chain") return buildEvolution(topology, context);
  const workshop = openBuildSession(context);
  const built = await chainSteps(topology, workshop, { improves: true });
  const chain = createChain({ steps: built.map(({ step }) => step), improves: true });
  const { conversation } = topology;
  const evolution = createChainEvolution(chain);
  return {
    ...noted(workshop),
    graph: createEvolveConversation({ evolution, ...conversation, countTokens }),
    evolution: chain,
    recursionLimit: conversationSteps(conversation) + recursionLimitOf(built),
  };
}

/** Who takes part, and what they are told. */
function noted({ agents, prompts, code }: BuildSession) {
  return { agents, prompts, code };
}

/** Its steps as nodes; where it `improves` a response that goes in, the first one too. */
export function chainSteps(
  { steps }: ChainTopology,
  workshop: BuildSession,
  { improves }: { readonly improves: boolean },
): Promise<BuiltStep[]> {
  return inOrder([...steps.entries()], ([index, step]) =>
    index === 0 && !improves ? firstStep(step, workshop) : laterStep(step, index + 1, workshop),
  );
}

async function firstStep(topology: StepTopology, workshop: BuildSession): Promise<BuiltStep> {
  const name = topology.graph;
  if (topology.graph === "single") {
    const { options, recursionLimit } = await singleOptions(topology, workshop);
    return { step: answeringStep(name, createSingle(options)), recursionLimit, members: null };
  }
  // Checked when the file was read; see answeringProblem.
  if (topology.graph === "coevol") throw new Error("coevol begins a chain without a response");
  const { options, recursionLimit, members } = await feedbackLoopOptions(topology, workshop);
  return { step: answeringStep(name, createFeedbackLoop(options)), recursionLimit, members };
}

async function laterStep(
  topology: StepTopology,
  step: number,
  workshop: BuildSession,
): Promise<BuiltStep> {
  const name = topology.graph;
  const members = null;
  if (topology.graph === "coevol") {
    const { options, recursionLimit } = await coevolOptions(topology, workshop);
    const of = { step, agent: topology.agents.editor.name ?? "editor" };
    return { step: coevolStep(name, createCoevol(options), of), recursionLimit, members };
  }
  const of = { step, agent: topology.agents.generator.name ?? "generator" };
  if (topology.graph === "single") {
    const { options, recursionLimit } = await singleOptions(topology, workshop);
    const graph = createSingle({ ...options, improves: true });
    return { step: generatorStep(name, graph, of), recursionLimit, members };
  }
  const { options, recursionLimit } = await feedbackLoopOptions(topology, workshop);
  const graph = createFeedbackLoop({ ...options, improves: true });
  return { step: generatorStep(name, graph, of), recursionLimit, members };
}

/** Each graph counts its own steps against the limit that they all are invoked with. */
function recursionLimitOf(steps: readonly BuiltStep[]): number {
  return steps.reduce((sum, { recursionLimit }) => sum + recursionLimit, 8 + steps.length);
}
