import type { createChain } from "../../graphs/chain.ts";
import { createCoevol, type CoevolOptions } from "../../graphs/coevol.ts";
import { createCoevolJudge } from "../../graphs/coevol-judge.ts";
import type { DebateReviewerOptions } from "../../graphs/debate-reviewer.ts";
import type { Evaluator } from "../../graphs/parts/evaluator.ts";
import type { Panelist } from "../../graphs/parts/panel.ts";
import {
  createEvolveConversation,
  type EvolveConversationOptions,
} from "../../graphs/evolve-conversation.ts";
import { createOnePass } from "../../graphs/one-pass.ts";
import { countTokens } from "../../models/cost/count-tokens.ts";
import type { RoleName } from "../../nodes/roles.ts";
import { advisorPromptShape, createAdvisor, type AdvisorView } from "../../nodes/advisor.ts";
import { createSide } from "../../nodes/cross-review.ts";
import { createEditor, editorPromptShape } from "../../nodes/editor.ts";
import { createJudge, judgePromptShapes } from "../../nodes/judge.ts";
import { sidePromptShape } from "../../nodes/debater-position.ts";
import type { PromptShape } from "../../prompts/load-prompt.ts";
import { evaluatorGraph } from "./build-evaluator.ts";
import type { AgentTopology } from "../schema/agent-schema.ts";
import type { CoevolTopology, DebateReviewerTopology } from "../schema/topology-schema.ts";
import {
  openBuildSession,
  type BuildContext,
  type Built,
  type BuildSession,
} from "./build-session.ts";

export type BuiltEvolution = Built<ReturnType<typeof createEvolveConversation>> & {
  /** The graph inside that improves one answer: the method itself. */
  readonly evolution: EvolveConversationOptions["evolution"] | ReturnType<typeof createChain>;
};

/**
 * Turns a CoEvol topology into its graph (`buildAnyEvolution` takes chains too); only those agents that its mode has a part for need their keys.
 *
 * @throws FellowshipError `bad_usage` for a missing key, an unknown provider, or a prompt file that does not fit.
 */
export async function buildEvolution(
  topology: CoevolTopology,
  context: BuildContext,
): Promise<BuiltEvolution> {
  const workshop = openBuildSession(context);
  const { evolution, recursionLimit } =
    topology.mode === "iterate"
      ? await coevolGraph(topology, workshop)
      : { evolution: await onePassGraph(topology, topology.mode, workshop), recursionLimit: 12 };
  const { conversation } = topology;
  return {
    graph: createEvolveConversation({ evolution, ...conversation, countTokens }),
    evolution,
    recursionLimit: conversationSteps(conversation) + recursionLimit,
    agents: workshop.agents,
    prompts: workshop.prompts,
    code: workshop.code,
  };
}

/** How many steps a conversation takes at most, besides those within its answers. */
export function conversationSteps({
  maxTurns,
  maxTokens,
}: Pick<EvolveConversationOptions, "maxTurns" | "maxTokens">): number {
  // Each answer takes three and holds a token at least, as does its question.
  return 8 + 3 * (maxTurns ?? maxTokens);
}

async function coevolGraph(topology: CoevolTopology, workshop: BuildSession) {
  const { options, recursionLimit } = await coevolOptions(topology, workshop);
  return { evolution: createCoevol(options), recursionLimit };
}

/** The nodes of the whole method. */
export async function coevolOptions(
  topology: CoevolTopology,
  workshop: BuildSession,
): Promise<{ options: CoevolOptions; recursionLimit: number }> {
  const { agents, maxIterations } = topology;
  const members = {
    positive: await debater("positive", agents.positive, workshop),
    critical: await debater("critical", agents.critical, workshop),
    advisor: await advisor("debate", agents.advisor, workshop),
    editor: await editor(agents.editor, workshop),
  };
  const { graph: judge, recursionLimit } = await judgeGraph(topology, workshop);
  return {
    options: { ...members, judge, maxIterations },
    recursionLimit: 8 + 7 * maxIterations + recursionLimit,
  };
}

/** The members of a debate that reviews: CoEvol's, without its editor and its judge. */
export async function debateReviewerOptions(
  { name = "", agents }: DebateReviewerTopology,
  workshop: BuildSession,
): Promise<DebateReviewerOptions> {
  return {
    name,
    positive: await debater("positive", agents.positive, workshop),
    critical: await debater("critical", agents.critical, workshop),
    advisor: await advisor("debate", agents.advisor, workshop),
  };
}

async function onePassGraph(
  { agents }: CoevolTopology,
  mode: Exclude<CoevolTopology["mode"], "iterate">,
  workshop: BuildSession,
) {
  if (mode === "edit")
    return createOnePass({ mode, editor: await editor(agents.editor, workshop) });
  if (mode !== "debate-advise-edit") {
    return createOnePass({
      mode,
      advisor: await advisor(
        mode === "advise-edit" ? "response" : "request",
        agents.advisor,
        workshop,
      ),
      editor: await editor(agents.editor, workshop),
    });
  }
  return createOnePass({
    mode,
    positive: await debater("positive", agents.positive, workshop),
    critical: await debater("critical", agents.critical, workshop),
    advisor: await advisor("debate", agents.advisor, workshop),
    editor: await editor(agents.editor, workshop),
  });
}

async function judgeGraph(
  topology: CoevolTopology,
  workshop: BuildSession,
): Promise<{ graph: Evaluator; recursionLimit: number }> {
  const { evaluator } = topology;
  if (evaluator !== undefined) return evaluatorGraph(evaluator, workshop);
  const judge = await coevolJudge(topology, workshop);
  return { graph: createCoevolJudge({ judge }), recursionLimit: 8 };
}

/** The method's own judge, where no evaluator stands in its place. */
export async function coevolJudge(
  { agents, verdict, reasks }: CoevolTopology,
  workshop: BuildSession,
): Promise<Panelist> {
  const prompt = verdict === "compare" ? "judge-compare" : "judge-combined";
  const shape = judgePromptShapes[verdict];
  const { options, own } = await member("judge", agents.judge, { prompt, shape }, workshop);
  const asking = { strategy: verdict, scale: 10, orders: "both", reasks } as const;
  const { judge = createJudge } = own;
  return { name: options.agent.name, node: judge({ ...options, ...asking }) };
}

async function debater(
  side: "positive" | "critical",
  topology: AgentTopology | undefined,
  workshop: BuildSession,
) {
  const usual = { prompt: `coevol-${side}`, shape: sidePromptShape };
  const { options, own } = await member("debater", topology, usual, workshop);
  return (own.side ?? createSide)({ ...options, side });
}

async function advisor(
  sees: AdvisorView,
  topology: AgentTopology | undefined,
  workshop: BuildSession,
) {
  const usual = { prompt: "advisor", shape: advisorPromptShape };
  const { options, own } = await member("advisor", topology, usual, workshop);
  return (own.advisor ?? createAdvisor)({ ...options, sees });
}

async function editor(topology: AgentTopology, workshop: BuildSession) {
  const usual = { prompt: "editor", shape: editorPromptShape };
  const { options, own } = await member("editor", topology, usual, workshop);
  return (own.editor ?? createEditor)(options);
}

/** What a member's node is made with, and the factories of its own node, where it names one. */
async function member(
  role: RoleName,
  topology: AgentTopology | undefined,
  usual: { readonly prompt: string; readonly shape: PromptShape },
  workshop: BuildSession,
) {
  // The schema has asked for whom the mode needs.
  if (topology === undefined) throw new Error(`no agent for the role of ${role}`);
  const agent = await workshop.agent(role, topology);
  const prompt = workshop.prompt(topology.prompt ?? usual.prompt, usual.shape, agent);
  return { options: { agent, prompt }, own: await workshop.own(topology) };
}
