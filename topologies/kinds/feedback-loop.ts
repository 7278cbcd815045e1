import * as z from "zod";
import { generatorStep } from "../../graphs/chain-step.ts";
import { createFeedbackLoop } from "../../graphs/feedback-loop.ts";
import { advisorRole } from "../../nodes/advisor.ts";
import { createGenerator, generatorConversation } from "../../nodes/generator.ts";
import { createReviewer, reviewerConversation, reviewerPromptShape } from "../../nodes/reviewer.ts";
import type { Prompt } from "../../prompts/load-prompt.ts";
import { generatorSchemas, type GeneratorNode } from "../../state/generation/generator-state.ts";
import type { MemberConversations } from "../../state/generation/loop-progress.ts";
import { agent, limits, section, type AgentTopology } from "../schema/agent-schema.ts";
import { graphName, pairs, participants } from "../schema/shared-keys.ts";
import type { Builder } from "../session/builder.ts";
import type { BuildSession } from "../session/build-session.ts";
import { call, repeated, step, type ForecastStep } from "../session/forecast-calls.ts";
import { inOrder } from "../session/in-order.ts";
import { memberAt } from "../session/member-at.ts";
import { debateReviewer, debateReviewerNode } from "./debate-reviewer.ts";
import { evaluatorKind, evaluatorTopology } from "./evaluators.ts";
import { evaluatorInside, generatorParts } from "./generator-parts.ts";
import type { GeneratorKind, KeyProblem, StepKind } from "./kind.ts";

const reviewer = z
  .union([agent, debateReviewer])
  .meta({ id: "reviewer", description: "Who reviews: an agent, or a debate" });
/** A reviewer: an agent, or a debate of several. */
export type ReviewerTopology = z.infer<typeof reviewer>;

const schema = section({
  graph: graphName("feedback-loop"),
  iterations: z
    .int()
    .min(1)
    .max(20)
    .default(3)
    .describe("Responses, the first included; the last one is not reviewed"),
  stop: section({
    score: z
      .number()
      .min(0)
      .max(10)
      .describe("Every reviewer's score at or above it ends the loop"),
  })
    .optional()
    .describe("Ends the loop early"),
  stopWhenNoGain: z
    .boolean()
    .default(false)
    .describe("true: no further round once rounds are shown to gain nothing"),
  branch: z
    .boolean()
    .default(false)
    .describe(
      "true: each reviewer's feedback gets its own revision; the evaluator's best of them goes on",
    ),
  pairs,
  limits,
  agents: participants({
    generator: agent,
    reviewers: z.array(reviewer).min(1).describe("Say how to improve the response"),
  }),
  evaluator: evaluatorTopology,
}).meta({
  id: "feedback-loop",
  description: "A generator who revises its response by what reviewers say",
});
export type FeedbackLoopTopology = z.infer<typeof schema>;

/** A generator and its reviewers; see `createFeedbackLoop`. */
export const feedbackLoop = {
  graph: "feedback-loop",
  schema,
  judges: ({ evaluator }) => evaluatorKind(evaluator).judges(evaluator),
  studioSettings: () => ["iterations"],
  generate: {
    forecast: (topology) => [
      step([call("generator", topology.agents.generator, 0, 0)]),
      ...roundsAndContests(topology),
    ],
    recursionLimit,
    build: (builder) => loopGraph(builder),
  },
  step: {
    problem: stepProblem,
    writer: ({ agents }) => agents.generator.name ?? "generator",
    forecast: roundsAndContests,
    recursionLimit,
    build: async (builder, of) => {
      const { graph } = await loopGraph(builder, { improves: true });
      return generatorStep(builder.topology.graph, graph, of);
    },
  },
} satisfies GeneratorKind<FeedbackLoopTopology> & StepKind<FeedbackLoopTopology>;

function stepProblem({ iterations, stopWhenNoGain }: FeedbackLoopTopology): KeyProblem | null {
  if (iterations === 1) {
    const message =
      "expected 2 or more (got 1); the response of the step before is the first of them";
    return { key: "iterations", message };
  }
  if (!stopWhenNoGain) return null;
  const message = "expected false (got true); only a loop by itself can count what rounds gain";
  return { key: "stopWhenNoGain", message };
}

function recursionLimit({ iterations, branch, agents, evaluator }: FeedbackLoopTopology): number {
  const contests = branch ? agents.reviewers.length : 1;
  const judging = evaluatorKind(evaluator).evaluate.recursionLimit(evaluator);
  // A debate among the reviewers takes six steps of its own, fewer than the loop around it.
  return 8 + iterations * (5 + 3 * contests) + judging;
}

async function loopGraph(
  builder: Builder<FeedbackLoopTopology>,
  { improves = false }: { readonly improves?: boolean } = {},
) {
  const { agents, stop, branch } = builder.topology;
  const generator = await builder.part((topology, session) =>
    generatorParts(topology.agents.generator, session),
  );
  const reviewers = await inOrder([...agents.reviewers.entries()], async ([index, declared]) => {
    const part = await builder.part((topology, session) =>
      reviewerOf(memberAt(topology.agents.reviewers, index), session),
    );
    const { name = "reviewer" } = declared;
    return { name, prompt: part.made?.prompt ?? null, node: part.node(({ node }) => node) };
  });
  const revise = (name: string) =>
    generator.node(({ options, make = createGenerator }) => make({ ...options, reviewer: name }));
  const graph = createFeedbackLoop({
    generator: generator.node(({ options, make = createGenerator }) => make(options)),
    reviewers,
    evaluator: await evaluatorInside(builder),
    iterations: builder.setting(({ iterations }) => iterations),
    stopScore: stop?.score,
    branch: branch ? revise : undefined,
    improves,
    schemas: builder.schemas(generatorSchemas),
  });
  // A custom generator alone knows the messages that it was shown.
  const prompt = generator.made?.make === undefined ? generator.made?.options.prompt : undefined;
  return { graph, members: conversations(prompt ?? null, reviewers) };
}

/** The members' conversations, from which their training data are written. */
function conversations(
  generator: Prompt | null,
  reviewers: readonly { readonly name: string; readonly prompt: Prompt | null }[],
): MemberConversations {
  return {
    generator: (state, round, reviewer) =>
      generator === null ? [] : generatorConversation(state, generator, round, reviewer),
    reviewer: (state, name, round) => {
      const { prompt = null } = reviewers.find((reviewer) => reviewer.name === name) ?? {};
      return prompt === null ? [] : reviewerConversation(state, prompt, name, round);
    },
  };
}

type ReviewerPart = { readonly node: GeneratorNode; readonly prompt: Prompt | null };

/** A reviewer's node, with the prompt of its conversations where it is the role's own. */
async function reviewerOf(
  declared: ReviewerTopology,
  session: BuildSession,
): Promise<ReviewerPart> {
  if ("graph" in declared) {
    return { node: await debateReviewerNode(declared, session), prompt: null };
  }
  const agent = await session.agent("reviewer", declared);
  const prompt = session.prompt(declared.prompt ?? "reviewer", reviewerPromptShape, agent);
  const { reviewer: make } = await session.own(declared);
  if (make !== undefined) return { node: make({ agent, prompt }), prompt: null };
  return { node: createReviewer({ agent, prompt }), prompt };
}

/** The rounds after the first response, and the contests of their responses. */
function roundsAndContests({
  agents: { generator, reviewers },
  iterations,
  branch,
  evaluator,
}: FeedbackLoopTopology): ForecastStep[] {
  const branches = branch ? reviewers.length : 1;
  const rounds = Array.from({ length: iterations - 1 }, (_, index) => index + 1);
  return [
    ...rounds.flatMap((round) => loopRound(round, generator, reviewers, branches)),
    ...repeated(evaluatorKind(evaluator).evaluate.forecast(evaluator), (iterations - 1) * branches),
  ];
}

/** The reviews of a round's response, and the revisions after them. */
function loopRound(
  round: number,
  generator: AgentTopology,
  reviewers: readonly ReviewerTopology[],
  branches: number,
): ForecastStep[] {
  const heard = branches > 1 ? 1 : reviewers.length;
  const debates = reviewers.flatMap((one) => ("graph" in one ? [one.agents] : []));
  const debaters = debates.flatMap(({ positive, critical }) => [positive, critical]);
  // A debate begins beside the other reviewers, and takes two steps more.
  const rest = [
    step(debaters.map((one) => call("debater", one, 1, 2))),
    step(debates.map(({ advisor }) => call(advisorRole.name, advisor, 1, 4))),
  ];
  return [
    step([
      ...reviewers.flatMap((one) =>
        "graph" in one ? [] : [call("reviewer", one, round, round - 1)],
      ),
      ...debaters.map((one) => call("debater", one, 1, 0)),
    ]),
    ...(debates.length === 0 ? [] : rest),
    step([call("generator", generator, round, round * heard, branches)]),
  ];
}
