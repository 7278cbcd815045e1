import type { Panelist } from "../../graphs/parts/panel.ts";
import { advisorRole, type AdvisorView } from "../../nodes/advisor.ts";
import { sideRole } from "../../nodes/cross-review.ts";
import { editorRole } from "../../nodes/editor.ts";
import { judgePromptShapes, judgeRole } from "../../nodes/judge.ts";
import type { RoleName } from "../../nodes/roles.ts";
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
  const prompt = { ...sideRole.prompt, name: `coevol-${side}` };
  const { options, own } = await member({ ...sideRole, prompt }, declared, session);
  return (own.side ?? sideRole.create)({ ...options, side });
}

/** @param sees How much of the answer and of the debate the advisor is shown. */
export async function advisor(sees: AdvisorView, declared: Declared, session: BuildSession) {
  const { options, own } = await member(advisorRole, declared, session);
  return (own.advisor ?? advisorRole.create)({ ...options, sees });
}

export async function editor(declared: Declared, session: BuildSession) {
  const { options, own } = await member(editorRole, declared, session);
  return (own.editor ?? editorRole.create)(options);
}

/** CoEvol's own judge, asked in both orders. */
export async function ownJudge(
  declared: Declared,
  { verdict, reasks }: { readonly verdict: "compare" | "score"; readonly reasks: number },
  session: BuildSession,
): Promise<Panelist> {
  const name = verdict === "compare" ? "judge-compare" : "judge-combined";
  const prompt = { name, shape: judgePromptShapes[verdict] };
  const { options, own } = await member({ ...judgeRole, prompt }, declared, session);
  const asking = { strategy: verdict, scale: 10, orders: "both", reasks } as const;
  const { judge = judgeRole.create } = own;
  return { name: options.agent.name, node: judge({ ...options, ...asking }) };
}

type MemberRole = {
  readonly name: RoleName;
  readonly prompt: { readonly name: string; readonly shape: PromptShape };
};

/**
 * The agent and the prompt of a member, and the factories of its custom node, where it names one.
 */
async function member(
  { name, prompt: usual }: MemberRole,
  declared: Declared,
  session: BuildSession,
) {
  // The schema requires the agents that the mode needs.
  if (declared === undefined) throw new Error(`no agent for the role of ${name}`);
  const agent = await session.agent(name, declared);
  const prompt = session.prompt(declared.prompt ?? usual.name, usual.shape, agent);
  return { options: { agent, prompt }, own: await session.own(declared) };
}
