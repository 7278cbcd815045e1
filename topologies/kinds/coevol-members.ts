import type { Panelist } from "../../graphs/parts/panel.ts";
import type { RoleName } from "../../nodes/roles.ts";
import { advisorPromptShape, createAdvisor, type AdvisorView } from "../../nodes/advisor.ts";
import { createSide } from "../../nodes/cross-review.ts";
import { sidePromptShape } from "../../nodes/debater-position.ts";
import { createEditor, editorPromptShape } from "../../nodes/editor.ts";
import { createJudge, judgePromptShapes } from "../../nodes/judge.ts";
import type { PromptShape } from "../../prompts/load-prompt.ts";
import type { AgentTopology } from "../schema/agent-schema.ts";
import type { BuildSession } from "../session/build-session.ts";

type Declared = AgentTopology | undefined;

/** The two nodes of one of CoEvol's debaters. */
export async function debater(
  side: "positive" | "critical",
  declared: Declared,
  session: BuildSession,
) {
  const usual = { prompt: `coevol-${side}`, shape: sidePromptShape };
  const { options, own } = await member("debater", declared, usual, session);
  return (own.side ?? createSide)({ ...options, side });
}

/** @param sees How much of the answer and of the debate the advisor is shown. */
export async function advisor(sees: AdvisorView, declared: Declared, session: BuildSession) {
  const usual = { prompt: "advisor", shape: advisorPromptShape };
  const { options, own } = await member("advisor", declared, usual, session);
  return (own.advisor ?? createAdvisor)({ ...options, sees });
}

export async function editor(declared: Declared, session: BuildSession) {
  const usual = { prompt: "editor", shape: editorPromptShape };
  const { options, own } = await member("editor", declared, usual, session);
  return (own.editor ?? createEditor)(options);
}

/** CoEvol's own judge, asked in both orders. */
export async function ownJudge(
  declared: Declared,
  { verdict, reasks }: { readonly verdict: "compare" | "score"; readonly reasks: number },
  session: BuildSession,
): Promise<Panelist> {
  const prompt = verdict === "compare" ? "judge-compare" : "judge-combined";
  const usual = { prompt, shape: judgePromptShapes[verdict] };
  const { options, own } = await member("judge", declared, usual, session);
  const asking = { strategy: verdict, scale: 10, orders: "both", reasks } as const;
  const { judge = createJudge } = own;
  return { name: options.agent.name, node: judge({ ...options, ...asking }) };
}

/** The agent and the prompt of a member, and the factories of its custom node, where it names one. */
async function member(
  role: RoleName,
  declared: Declared,
  usual: { readonly prompt: string; readonly shape: PromptShape },
  session: BuildSession,
) {
  // The schema requires the agents that the mode needs.
  if (declared === undefined) throw new Error(`no agent for the role of ${role}`);
  const agent = await session.agent(role, declared);
  const prompt = session.prompt(declared.prompt ?? usual.prompt, usual.shape, agent);
  return { options: { agent, prompt }, own: await session.own(declared) };
}
