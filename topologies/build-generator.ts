import { createFeedbackLoop, type FeedbackLoopOptions } from "../graphs/feedback-loop.ts";
import { createSingle, type SingleOptions } from "../graphs/single.ts";
import {
  createGenerator,
  generatorConversation,
  generatorPromptShape,
} from "../nodes/generator.ts";
import { createReviewer, reviewerConversation, reviewerPromptShape } from "../nodes/reviewer.ts";
import { createSample } from "../nodes/sample.ts";
import type { MemberConversations } from "../state/loop-progress.ts";
import { evaluatorGraph } from "./build-evaluator.ts";
import { inOrder } from "./in-order.ts";
import type {
  AgentTopology,
  FeedbackLoopTopology,
  GeneratorTopology,
  SingleTopology,
} from "./topology-schema.ts";
import { openWorkshop, type BuildContext, type Built, type Workshop } from "./workshop.ts";

export type BuiltGenerator = Built<
  ReturnType<typeof createFeedbackLoop> | ReturnType<typeof createSingle>
> & { readonly members: MemberConversations | null };

/**
 * Turns a generator topology into its graph.
 *
 * @throws FellowshipError `bad_usage` for a missing key, an unknown provider, or a prompt file that does not fit.
 */
export async function buildGenerator(
  topology: GeneratorTopology,
  context: BuildContext,
): Promise<BuiltGenerator> {
  const workshop = openWorkshop(context);
  const { graph, recursionLimit, members } =
    topology.graph === "single"
      ? await singleGraph(topology, workshop)
      : await feedbackLoopGraph(topology, workshop);
  return { graph, recursionLimit, members, agents: workshop.agents, prompts: workshop.prompts };
}

async function singleGraph(topology: SingleTopology, workshop: Workshop) {
  const { options, recursionLimit } = await singleOptions(topology, workshop);
  return { graph: createSingle(options), members: null, recursionLimit };
}

/** The single generator's node, with the evaluator of its samples. */
export async function singleOptions(
  { agents, samples, evaluator }: SingleTopology,
  workshop: Workshop,
): Promise<{ options: SingleOptions; recursionLimit: number }> {
  const generator = createSample(await generatorOf(agents.generator, workshop));
  const judging = samples > 1 && evaluator ? await evaluatorGraph(evaluator, workshop) : null;
  return {
    options: { generator, samples, evaluator: judging?.graph ?? null },
    recursionLimit: 8 + 4 * samples + (judging?.recursionLimit ?? 0),
  };
}

async function feedbackLoopGraph(topology: FeedbackLoopTopology, workshop: Workshop) {
  const { options, members, recursionLimit } = await feedbackLoopOptions(topology, workshop);
  return { graph: createFeedbackLoop(options), members, recursionLimit };
}

/** The loop's nodes, and the conversations of its members, from which their training data are written. */
export async function feedbackLoopOptions(
  topology: FeedbackLoopTopology,
  workshop: Workshop,
): Promise<{
  options: FeedbackLoopOptions;
  members: MemberConversations;
  recursionLimit: number;
}> {
  const { agents, iterations, stop, branch } = topology;
  const generator = await generatorOf(agents.generator, workshop);
  const reviewers = await inOrder(agents.reviewers, async (reviewer) => ({
    agent: await workshop.agent("reviewer", reviewer),
    prompt: workshop.prompt(reviewer.prompt ?? "reviewer", reviewerPromptShape),
  }));
  const evaluator = await evaluatorGraph(topology.evaluator, workshop);
  const contests = branch ? reviewers.length : 1;
  return {
    options: {
      generator: createGenerator(generator),
      reviewers: reviewers.map((reviewer) => ({
        name: reviewer.agent.name,
        node: createReviewer(reviewer),
      })),
      evaluator: evaluator.graph,
      iterations,
      stopScore: stop?.score,
      branch: branch ? (reviewer) => createGenerator({ ...generator, reviewer }) : undefined,
    },
    members: {
      generator: (state, round, reviewer) =>
        generatorConversation(state, generator.prompt, round, reviewer),
      reviewer: (state, name, round) => {
        const found = reviewers.find(({ agent }) => agent.name === name);
        return found === undefined ? [] : reviewerConversation(state, found.prompt, name, round);
      },
    },
    recursionLimit: 8 + iterations * (5 + 3 * contests) + evaluator.recursionLimit,
  };
}

async function generatorOf(topology: AgentTopology, workshop: Workshop) {
  return {
    agent: await workshop.agent("generator", topology),
    prompt: workshop.prompt(topology.prompt ?? "generator", generatorPromptShape),
  };
}
