import type { Panelist } from "../../graphs/parts/panel.ts";
import { createJudge, judgePromptShapes, type JudgeOptions } from "../../nodes/judge.ts";
import type { ToldContext } from "../../nodes/judging-context.ts";
import { createRewardModel } from "../../nodes/reward-model.ts";
import type { AgentTopology } from "../schema/agent-schema.ts";
import type { BuildSession } from "../session/build-session.ts";
import { call, step, type ForecastStep } from "../session/forecast-calls.ts";

type PanelRole = "judge" | "juror";
type Asking = Pick<JudgeOptions, "orders" | "reasks" | "reading"> &
  ToldContext & {
    readonly strategy: "direct" | "independent" | "combined";
    readonly scale: JudgeOptions["scale"];
  };

/** The node of a judge or juror, asked as its topology says. */
export async function panelist(
  role: PanelRole,
  member: AgentTopology,
  { strategy, scale, orders, reasks, reading, ...told }: Asking,
  session: BuildSession,
): Promise<Panelist> {
  const agent = await session.agent(role, member);
  if (member.api !== undefined) return { name: agent.name, node: createRewardModel({ agent }) };
  const name = member.prompt ?? `judge-${strategy}`;
  const prompt = session.prompt(name, judgePromptShapes[strategy], agent);
  const { judge = createJudge } = await session.own(member);
  const context = session.context(told);
  const node = judge({ agent, prompt, context, strategy, scale, orders, reasks, reading });
  return { name: agent.name, node };
}

/** The calls of judges side by side. */
export function panelCalls(
  role: PanelRole,
  members: readonly AgentTopology[],
  { strategy, orders }: Pick<Asking, "strategy" | "orders">,
): ForecastStep[] {
  const [shown, copies] = strategy === "independent" ? [1, 2] : [2, orders === "both" ? 2 : 1];
  const calls = members.map((member) =>
    member.api === undefined
      ? call(role, member, shown, 0, copies)
      : // One call a response, which writes no token.
        call(role, { ...member, maxTokens: 0 }, 1, 0, 2),
  );
  return [step(calls)];
}

type Members = readonly Pick<AgentTopology, "api">[];

/**
 * Whether each response is scored alone, on one scale: several judges have none in common where
 * one is a reward model.
 */
export function scoresEach(members: Members, { strategy }: Pick<Asking, "strategy">): boolean {
  const hasReward = members.some(isRewardModel);
  return hasReward ? members.length === 1 : strategy === "independent";
}

/** Judges who score each response alone see no order. */
export function seesAnOrder(members: Members, { strategy }: Pick<Asking, "strategy">): boolean {
  return strategy !== "independent" && !members.every(isRewardModel);
}

function isRewardModel({ api }: Members[number]): boolean {
  return api !== undefined;
}
