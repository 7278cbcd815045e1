import { createFeedbackLoop } from "../graphs/feedback-loop.ts";
import { createDebate } from "../graphs/debate.ts";
import type { Evaluator } from "../graphs/evaluator.ts";
import { createJudgeGraph } from "../graphs/judge.ts";
import { createJury } from "../graphs/jury.ts";
import { createSingle } from "../graphs/single.ts";
import { createAgent, type Agent } from "../models/agent.ts";
import type { Role } from "../models/call.ts";
import { createEndpoint, type Environment } from "../models/create-endpoint.ts";
import type { Gate } from "../models/gate.ts";
import {
  createDebater,
  createDebaterVote,
  debaterPromptShape,
  personaShape,
} from "../nodes/debater.ts";
import {
  createGenerator,
  generatorConversation,
  generatorPromptShape,
} from "../nodes/generator.ts";
import { createJudge, judgePromptShapes } from "../nodes/judge.ts";
import { createReviewer, reviewerConversation, reviewerPromptShape } from "../nodes/reviewer.ts";
import { createSample } from "../nodes/sample.ts";
import { loadPrompt, type Prompt, type PromptShape } from "../prompts/load-prompt.ts";
import type { MemberConversations } from "../state/loop-progress.ts";
import type {
  AgentTopology,
  DebateTopology,
  EvaluatorTopology,
  FeedbackLoopTopology,
  GeneratorTopology,
  SingleTopology,
} from "./topology-schema.ts";

export type BuildContext = {
  readonly gate: Gate;
  readonly environment: Environment;
  readonly promptDirectory: string;
  /** The longest answer, in tokens, that a model is asked for where its agent sets no `maxTokens`; no bound where not given. */
  readonly longestAnswerOf?: ((model: string) => number | undefined) | undefined;
};

/** Who takes part, for manifests and cards. */
export type BuiltAgent = { readonly name: string; readonly role: Role; readonly model: string };

export type Built<Graph> = {
  readonly graph: Graph;
  /** Supersteps a row may take at most, from the topology's own bounds. */
  readonly recursionLimit: number;
  readonly agents: readonly BuiltAgent[];
  /** SHA-256 of each prompt file in use, by name. */
  readonly prompts: Readonly<Record<string, string>>;
};

export type BuiltEvaluator = Built<Evaluator>;
export type BuiltGenerator = Built<
  ReturnType<typeof createFeedbackLoop> | ReturnType<typeof createSingle>
> & { readonly members: MemberConversations | null };

/** Collects what a topology is built of. */
export type Workshop = {
  readonly agent: (role: Role, topology: AgentTopology) => Promise<Agent>;
  readonly prompt: (name: string, shape: PromptShape) => Prompt;
  readonly agents: BuiltAgent[];
  readonly prompts: Record<string, string>;
};

/**
 * Turns an evaluator topology into its graph.
 *
 * @throws FellowshipError `bad_usage` for a missing key, an unknown provider, or a prompt file that does not fit.
 */
export async function buildEvaluator(
  topology: EvaluatorTopology,
  context: BuildContext,
): Promise<BuiltEvaluator> {
  const workshop = openWorkshop(context);
  const { graph, recursionLimit } = await evaluatorGraph(topology, workshop);
  return { graph, recursionLimit, agents: workshop.agents, prompts: workshop.prompts };
}

/** Turns a generator topology into its graph; throws as `buildEvaluator` does. */
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

export function openWorkshop(context: BuildContext): Workshop {
  const { gate, environment, promptDirectory, longestAnswerOf } = context;
  const agents: BuiltAgent[] = [];
  const prompts: Record<string, string> = {};
  return {
    agents,
    prompts,
    agent: async (role, { name = role, model, temperature, maxTokens, timeoutMs, systemRole }) => {
      const settings = { temperature, maxTokens, timeoutMs, systemRole };
      const longest = longestAnswerOf?.(model);
      const endpoint = await createEndpoint(model, settings, environment, longest);
      agents.push({ name, role, model });
      return createAgent({ name, role, endpoint }, gate);
    },
    prompt: (name, shape) => {
      const prompt = loadPrompt(promptDirectory, name, shape);
      prompts[prompt.name] = prompt.sha256;
      return prompt;
    },
  };
}

async function singleGraph({ agents, samples, evaluator }: SingleTopology, workshop: Workshop) {
  const generator = await generatorOf(agents.generator, workshop);
  const judging = samples > 1 && evaluator ? await evaluatorGraph(evaluator, workshop) : null;
  const graph = createSingle({
    generator: createSample(generator),
    samples,
    evaluator: judging?.graph ?? null,
  });
  return {
    graph,
    members: null,
    recursionLimit: 8 + 4 * samples + (judging?.recursionLimit ?? 0),
  };
}

async function feedbackLoopGraph(topology: FeedbackLoopTopology, workshop: Workshop) {
  const { agents, iterations, stop, branch } = topology;
  const generator = await generatorOf(agents.generator, workshop);
  const reviewers = await inOrder(agents.reviewers, async (reviewer) => ({
    agent: await workshop.agent("reviewer", reviewer),
    prompt: workshop.prompt(reviewer.prompt ?? "reviewer", reviewerPromptShape),
  }));
  const evaluator = await evaluatorGraph(topology.evaluator, workshop);
  const graph = createFeedbackLoop({
    generator: createGenerator(generator),
    reviewers: reviewers.map((reviewer) => ({
      name: reviewer.agent.name,
      node: createReviewer(reviewer),
    })),
    evaluator: evaluator.graph,
    iterations,
    stopScore: stop?.score,
    branch: branch ? (reviewer) => createGenerator({ ...generator, reviewer }) : undefined,
  });
  const members: MemberConversations = {
    generator: (state, round, reviewer) =>
      generatorConversation(state, generator.prompt, round, reviewer),
    reviewer: (state, name, round) => {
      const found = reviewers.find(({ agent }) => agent.name === name);
      return found === undefined ? [] : reviewerConversation(state, found.prompt, name, round);
    },
  };
  const contests = branch ? reviewers.length : 1;
  const recursionLimit = 8 + iterations * (5 + 3 * contests) + evaluator.recursionLimit;
  return { graph, members, recursionLimit };
}

async function generatorOf(topology: AgentTopology, workshop: Workshop) {
  return {
    agent: await workshop.agent("generator", topology),
    prompt: workshop.prompt(topology.prompt ?? "generator", generatorPromptShape),
  };
}

export async function evaluatorGraph(
  topology: EvaluatorTopology,
  workshop: Workshop,
): Promise<{ graph: Evaluator; recursionLimit: number }> {
  if (topology.graph === "debate") return debateGraph(topology, workshop);
  const { strategy, scale, orders, onUnparsed, reasks } = topology;
  const asking = { strategy, scale, orders, reasks };
  const panelist = async (role: "judge" | "juror", member: AgentTopology) => {
    const agent = await workshop.agent(role, member);
    const name = member.prompt ?? `judge-${strategy}`;
    const prompt = workshop.prompt(name, judgePromptShapes[strategy]);
    return { name: agent.name, node: createJudge({ agent, prompt, ...asking }) };
  };
  if (topology.graph === "judge") {
    const judge = await panelist("judge", topology.agents.judge);
    return { graph: createJudgeGraph({ judge, onUnparsed }), recursionLimit: 8 };
  }
  const jurors = await inOrder(topology.agents.jurors, async (juror) => ({
    ...(await panelist("juror", juror)),
    weight: juror.weight,
  }));
  const { aggregate } = topology;
  return { graph: createJury({ jurors, aggregate, onUnparsed }), recursionLimit: 8 };
}

async function debateGraph(topology: DebateTopology, workshop: Workshop) {
  const { agents, rounds, scale, aggregate, onUnparsed, reasks } = topology;
  const debaters = await inOrder(agents.debaters, async (debater) => {
    const options = {
      agent: await workshop.agent("debater", debater),
      prompt: workshop.prompt("debater", debaterPromptShape),
      persona: workshop.prompt(debater.prompt ?? debater.name ?? "", personaShape),
    };
    return {
      name: options.agent.name,
      talk: createDebater(options),
      vote: createDebaterVote(options, { scale, reasks }),
    };
  });
  return {
    graph: createDebate({ debaters, rounds, aggregate, onUnparsed }),
    recursionLimit: 8 + rounds * debaters.length,
  };
}

/** One after the other, so that the agents stand in the topology's order whatever their clients' loading takes. */
async function inOrder<Item, Made>(
  items: readonly Item[],
  make: (item: Item) => Promise<Made>,
): Promise<Made[]> {
  const made: Made[] = [];
  for (const item of items) made.push(await make(item));
  return made;
}
