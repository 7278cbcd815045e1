import { createDebateReviewer } from "../../graphs/debate-reviewer.ts";
import { createFeedbackLoop, type FeedbackLoopOptions } from "../../graphs/feedback-loop.ts";
import type { GeneratorGraph } from "../../graphs/parts/runnable-graph.ts";
import { createSingle, type SingleOptions } from "../../graphs/single.ts";
import {
  createGenerator,
  generatorConversation,
  generatorPromptShape,
} from "../../nodes/generator.ts";
import { createReviewer, reviewerConversation, reviewerPromptShape } from "../../nodes/reviewer.ts";
import { createSampleResponse } from "../../nodes/sample-response.ts";
import type { MemberConversations } from "../../state/loop-progress.ts";
import { evaluatorGraph } from "./build-evaluator.ts";
import { debateReviewerOptions } from "./build-evolution.ts";
import { inOrder } from "./in-order.ts";
import type { AgentTopology } from "../schema/agent-schema.ts";
import type {
  FeedbackLoopTopology,
  ReviewerTopology,
  SingleTopology,
} from "../schema/topology-schema.ts";
import {
  openBuildSession,
  type BuildContext,
  type Built,
  type BuildSession,
} from "./build-session.ts";

export type BuiltGenerator = Built<GeneratorGraph> & {
  readonly members: MemberConversations | null;
};

/**
 * Turns a generator topology into its graph; `buildAnyGenerator` takes chains too.
 *
 * @throws FellowshipError `bad_usage` for a missing key, an unknown provider, or a prompt file that does not fit.
 */
export async function buildGenerator(
  topology: SingleTopology | FeedbackLoopTopology,
  context: BuildContext,
): Promise<BuiltGenerator> {
  const workshop = openBuildSession(context);
  const { graph, recursionLimit, members } =
    topology.graph === "single"
      ? await singleGraph(topology, workshop)
      : await feedbackLoopGraph(topology, workshop);
  const { agents, prompts, code } = workshop;
  return { graph, recursionLimit, members, agents, prompts, code };
}

async function singleGraph(topology: SingleTopology, workshop: BuildSession) {
  const { options, recursionLimit } = await singleOptions(topology, workshop);
  return { graph: createSingle(options), members: null, recursionLimit };
}

/** The single generator's node, with the evaluator of its samples. */
export async function singleOptions(
  { agents, samples, evaluator }: SingleTopology,
  workshop: BuildSession,
): Promise<{ options: SingleOptions; recursionLimit: number }> {
  const { options, make = createSampleResponse } = await generatorOf(agents.generator, workshop);
  const judging = samples > 1 && evaluator ? await evaluatorGraph(evaluator, workshop) : null;
  return {
    options: { generator: make(options), samples, evaluator: judging?.graph ?? null },
    recursionLimit: 8 + 4 * samples + (judging?.recursionLimit ?? 0),
  };
}

async function feedbackLoopGraph(topology: FeedbackLoopTopology, workshop: BuildSession) {
  const { options, members, recursionLimit } = await feedbackLoopOptions(topology, workshop);
  return { graph: createFeedbackLoop(options), members, recursionLimit };
}

/** The loop's nodes, and the conversations of its members, from which their training data are written. */
export async function feedbackLoopOptions(
  topology: FeedbackLoopTopology,
  workshop: BuildSession,
): Promise<{
  options: FeedbackLoopOptions;
  members: MemberConversations;
  recursionLimit: number;
}> {
  const { agents, iterations, stop, branch } = topology;
  const { options: generator, make } = await generatorOf(agents.generator, workshop);
  const createOwn = make ?? createGenerator;
  const reviewers = await inOrder(agents.reviewers, (reviewer) => reviewerOf(reviewer, workshop));
  const evaluator = await evaluatorGraph(topology.evaluator, workshop);
  const contests = branch ? reviewers.length : 1;
  return {
    options: {
      generator: createOwn(generator),
      reviewers,
      evaluator: evaluator.graph,
      iterations,
      stopScore: stop?.score,
      branch: branch ? (reviewer) => createOwn({ ...generator, reviewer }) : undefined,
    },
    members: {
      // What a node of the user's own was shown, nobody but it can tell.
      generator: (state, round, reviewer) =>
        make === undefined ? generatorConversation(state, generator.prompt, round, reviewer) : [],
      reviewer: (state, name, round) => {
        const { prompt = null } = reviewers.find((reviewer) => reviewer.name === name) ?? {};
        return prompt === null ? [] : reviewerConversation(state, prompt, name, round);
      },
    },
    // A debate among the reviewers takes six steps of its own, fewer than the loop around it.
    recursionLimit: 8 + iterations * (5 + 3 * contests) + evaluator.recursionLimit,
  };
}

/** A reviewer's node; of an agent with the role's own also the prompt from which its conversations are told. */
async function reviewerOf(reviewer: ReviewerTopology, workshop: BuildSession) {
  if ("graph" in reviewer) {
    const debate = await debateReviewerOptions(reviewer, workshop);
    return { name: debate.name, node: createDebateReviewer(debate), prompt: null };
  }
  const agent = await workshop.agent("reviewer", reviewer);
  const prompt = workshop.prompt(reviewer.prompt ?? "reviewer", reviewerPromptShape, agent);
  const { reviewer: make } = await workshop.own(reviewer);
  const { name } = agent;
  if (make !== undefined) return { name, node: make({ agent, prompt }), prompt: null };
  return { name, node: createReviewer({ agent, prompt }), prompt };
}

/** What a generator's node is made with; `make` is the user's own factory, where there is one. */
async function generatorOf(topology: AgentTopology, workshop: BuildSession) {
  const agent = await workshop.agent("generator", topology);
  const prompt = workshop.prompt(topology.prompt ?? "generator", generatorPromptShape, agent);
  const { generator: make } = await workshop.own(topology);
  return { options: { agent, prompt }, make };
}
