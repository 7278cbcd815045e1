import type { GeneratorGraph } from "../../graphs/parts/runnable-graph.ts";
import type { MemberConversations } from "../../state/generation/loop-progress.ts";
import { generatorKind, type GeneratorTopology } from "../kinds/kinds.ts";
import { sessionBuilder } from "../session/builder.ts";
import { buildInSession, type BuildContext, type Built } from "../session/build-session.ts";

export type BuiltGenerator = Built<GeneratorGraph> & {
  readonly members: MemberConversations | null;
};

/**
 * Turns a topology that answers prompts into its graph.
 *
 * @throws FellowshipError `bad_usage` for a missing key, an unknown provider, or a prompt file that
 *   does not fit.
 */
export async function buildGenerator(
  topology: GeneratorTopology,
  context: BuildContext,
): Promise<BuiltGenerator> {
  const { generate } = generatorKind(topology);
  const { graph: built, session } = await buildInSession(context, (own) =>
    generate.build(sessionBuilder(topology, own)),
  );
  const { graph, members } = built;
  const { agents, prompts, code } = session;
  const recursionLimit = generate.recursionLimit(topology);
  return { graph, members, recursionLimit, agents, prompts, code };
}
