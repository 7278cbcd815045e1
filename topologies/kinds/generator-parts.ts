import type { Evaluator } from "../../graphs/parts/evaluator.ts";
import { generatorPromptShape } from "../../nodes/generator.ts";
import type { AgentTopology } from "../schema/agent-schema.ts";
import type { Builder } from "../session/builder.ts";
import type { BuildSession } from "../session/build-session.ts";
import { evaluatorKind, type EvaluatorTopology } from "./evaluators.ts";

/** The agent and the prompt of a generator; `make` is the custom factory, where there is one. */
export async function generatorParts(topology: AgentTopology, session: BuildSession) {
  const agent = await session.agent("generator", topology);
  const prompt = session.prompt(topology.prompt ?? "generator", generatorPromptShape, agent);
  const { generator: make } = await session.own(topology);
  return { options: { agent, prompt }, make };
}

/** Builds the evaluator inside a graph. */
export function evaluatorInside<
  Topology extends { readonly evaluator?: EvaluatorTopology | undefined },
>(builder: Builder<Topology>): Promise<Evaluator> {
  const inner = builder.evaluator(({ evaluator }) => evaluator);
  return evaluatorKind(inner.topology).evaluate.build(inner);
}
