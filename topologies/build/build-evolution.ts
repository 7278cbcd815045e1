import {
  createEvolveConversation,
  type EvolveConversationOptions,
} from "../../graphs/evolve-conversation.ts";
import type { Drawable } from "../../graphs/parts/runnable-graph.ts";
import { countTokens } from "../../models/cost/count-tokens.ts";
import { evolutionKind, type EvolutionTopology } from "../kinds/kinds.ts";
import { sessionBuilder } from "../session/builder.ts";
import { buildInSession, type BuildContext, type Built } from "../session/build-session.ts";

export type BuiltEvolution = Built<ReturnType<typeof createEvolveConversation>> & {
  /** The graph inside that improves one answer, for drawings: the method itself. */
  readonly method: Drawable;
  /** The agent that rewrites; undefined where each rewrite names its own. */
  readonly editor: string | undefined;
};

/**
 * Turns a topology that improves the answers of instruction data into its graph. Only the agents
 * that take part need their keys.
 *
 * @throws FellowshipError `bad_usage` for a missing key, an unknown provider, or a prompt file that
 *   does not fit.
 */
export async function buildEvolution(
  topology: EvolutionTopology,
  context: BuildContext,
): Promise<BuiltEvolution> {
  const { evolve } = evolutionKind(topology);
  const { graph, session } = await buildInSession(context, (own) =>
    evolve.build(sessionBuilder(topology, own)),
  );
  const { evolution, method } = graph;
  const { agents, prompts, code } = session;
  const { conversation } = topology;
  return {
    graph: createEvolveConversation({ evolution, ...conversation, countTokens }),
    method,
    editor: evolve.editor(topology),
    recursionLimit: conversationSteps(conversation) + evolve.recursionLimit(topology),
    agents,
    prompts,
    code,
  };
}

/** How many steps a conversation takes at most, besides those within its answers. */
function conversationSteps({
  maxTurns,
  maxTokens,
}: Pick<EvolveConversationOptions, "maxTurns" | "maxTokens">): number {
  // Each answer takes three and holds a token at least, as does its question.
  return 8 + 3 * (maxTurns ?? maxTokens);
}
