import { createDebate, type DebateOptions } from "../../graphs/debate.ts";
import type { Evaluator } from "../../graphs/parts/evaluator.ts";
import { createJudgeGraph, type JudgeGraphOptions } from "../../graphs/judge.ts";
import { createJury, type JuryOptions } from "../../graphs/jury.ts";
import type { Panelist } from "../../graphs/parts/panel.ts";
import type { EvaluatorGraph } from "../../graphs/parts/runnable-graph.ts";
import { noModel } from "../../models/providers/model-spec.ts";
import { createDebaterNodes, debaterPromptShape, personaShape } from "../../nodes/debater.ts";
import { createJudge, judgePromptShapes } from "../../nodes/judge.ts";
import { inOrder } from "./in-order.ts";
import type { AgentTopology } from "../schema/agent-schema.ts";
import type {
  DebateTopology,
  EvaluatorTopology,
  JudgeTopology,
  JuryTopology,
} from "../schema/topology-schema.ts";
import {
  openBuildSession,
  type BuildContext,
  type Built,
  type BuildSession,
} from "./build-session.ts";

export type BuiltEvaluator = Built<EvaluatorGraph>;

/**
 * Turns an evaluator topology into its graph.
 *
 * @throws FellowshipError `bad_usage` for a missing key, an unknown provider, or a prompt file that does not fit.
 */
export async function buildEvaluator(
  topology: EvaluatorTopology,
  context: BuildContext,
): Promise<BuiltEvaluator> {
  const workshop = openBuildSession(context);
  const { graph, recursionLimit } = await evaluatorGraph(topology, workshop);
  const { agents, prompts, code } = workshop;
  return { graph, recursionLimit, agents, prompts, code };
}

/** An evaluator, to stand alone or inside another graph. */
export async function evaluatorGraph(
  topology: EvaluatorTopology,
  workshop: BuildSession,
): Promise<{ graph: Evaluator; recursionLimit: number }> {
  if (topology.graph === "judge") {
    return { graph: createJudgeGraph(await judgeOptions(topology, workshop)), recursionLimit: 8 };
  }
  if (topology.graph === "jury") {
    return { graph: createJury(await juryOptions(topology, workshop)), recursionLimit: 8 };
  }
  const { rounds, agents } = topology;
  return {
    graph: createDebate(await debateOptions(topology, workshop)),
    recursionLimit: 8 + rounds * agents.debaters.length,
  };
}

/** A judge's node, with what becomes of its readings. */
export async function judgeOptions(
  topology: JudgeTopology,
  workshop: BuildSession,
): Promise<JudgeGraphOptions> {
  const judge = await panelist("judge", topology.agents.judge, topology, workshop);
  return { judge, onUnparsed: topology.onUnparsed };
}

/** The jurors' nodes, with how their votes are counted. */
export async function juryOptions(
  topology: JuryTopology,
  workshop: BuildSession,
): Promise<JuryOptions> {
  const { agents, aggregate, onUnparsed } = topology;
  const jurors = await inOrder(agents.jurors, async (juror) => ({
    ...(await panelist("juror", juror, topology, workshop)),
    weight: juror.weight,
  }));
  return { jurors, aggregate, onUnparsed };
}

async function panelist(
  role: "judge" | "juror",
  member: AgentTopology,
  { strategy, scale, orders, reasks }: JudgeTopology | JuryTopology,
  workshop: BuildSession,
): Promise<Panelist> {
  const agent = await workshop.agent(role, member);
  const name = member.prompt ?? `judge-${strategy}`;
  const prompt = workshop.prompt(name, judgePromptShapes[strategy], agent);
  const { judge = createJudge } = await workshop.own(member);
  const node = judge({ agent, prompt, strategy, scale, orders, reasks });
  return { name: agent.name, node };
}

/** The debaters' nodes, with how long they talk and how their scores are counted. */
export async function debateOptions(
  { agents, rounds, scale, aggregate, onUnparsed, reasks }: DebateTopology,
  workshop: BuildSession,
): Promise<DebateOptions> {
  const debaters = await inOrder(agents.debaters, async (debater) => {
    const agent = await workshop.agent("debater", debater);
    const prompt = workshop.prompt("debater", debaterPromptShape, agent);
    // Whoever speaks without a model has no use for a persona of its own.
    const own = agent.model === noModel ? "general-public" : debater.name;
    const persona = workshop.prompt(debater.prompt ?? own ?? "", personaShape, agent);
    const { debater: make = createDebaterNodes } = await workshop.own(debater);
    return { name: agent.name, ...make({ agent, prompt, persona, scale, reasks }) };
  });
  return { debaters, rounds, aggregate, onUnparsed };
}
