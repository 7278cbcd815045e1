import type { EvaluatorGraph } from "../../graphs/parts/runnable-graph.ts";
import { evaluatorKind, type EvaluatorTopology } from "../kinds/evaluators.ts";
import { sessionBuilder } from "../session/builder.ts";
import { buildInSession, type BuildContext, type Built } from "../session/build-session.ts";

export type BuiltEvaluator = Built<EvaluatorGraph> & {
  /** Whether the judges see the two responses in an order, so that position can bias them. */
  readonly ordered: boolean;
};

/**
 * Turns an evaluator topology into its graph.
 *
 * @throws FellowshipError `bad_usage` for a missing key, an unknown provider, or a prompt file that
 *   does not fit.
 */
export async function buildEvaluator(
  topology: EvaluatorTopology,
  context: BuildContext,
): Promise<BuiltEvaluator> {
  const { evaluate } = evaluatorKind(topology);
  const { graph, session } = await buildInSession(context, (own) =>
    evaluate.build(sessionBuilder(topology, own)),
  );
  const { agents, prompts, code } = session;
  const recursionLimit = evaluate.recursionLimit(topology);
  return { graph, recursionLimit, ordered: evaluate.ordered(topology), agents, prompts, code };
}
