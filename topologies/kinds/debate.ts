import * as z from "zod";
import { createDebate } from "../../graphs/debate.ts";
import { noModel } from "../../models/providers/model-spec.ts";
import { createDebaterNodes, debaterPromptShape, personaShape } from "../../nodes/debater.ts";
import { evaluatorSchemas } from "../../state/evaluation/evaluator-state.ts";
import { agent, limits, section, type AgentTopology } from "../schema/agent-schema.ts";
import { graphName, judgingContext, participants, reading, scale } from "../schema/shared-keys.ts";
import type { BuildSession } from "../session/build-session.ts";
import { call, step } from "../session/forecast-calls.ts";
import { inOrder } from "../session/in-order.ts";
import { memberAt } from "../session/member-at.ts";
import type { EvaluatorKind } from "./kind.ts";

const schema = section({
  graph: graphName("debate"),
  rounds: z.int().min(1).max(20).default(2).describe("Rounds of talk before the scores"),
  scale,
  ...reading,
  ...judgingContext,
  aggregate: z
    .enum(["mean", "plurality"])
    .default("mean")
    .describe("mean: of the debaters' scores | plurality: most debaters"),
  limits,
  agents: participants({
    debaters: z
      .array(agent)
      .min(1)
      .describe("A debater's persona is the prompt file of its name, or the one under prompt"),
  }),
}).meta({ id: "debate", description: "Debaters who talk about two responses, then score them" });
export type DebateTopology = z.infer<typeof schema>;

/** Debaters who talk, then score; see `createDebate`. */
export const debate = {
  graph: "debate",
  schema,
  judges: ({ agents }) => agents.debaters.length,
  studioSettings: () => ["rounds", "scale", "reasks"],
  evaluate: {
    ordered: () => true,
    forecast: ({ rounds, agents: { debaters } }) => {
      const statements = rounds * debaters.length;
      // A turn can read half of all statements on average.
      const heard = (statements - 1) / 2;
      return [
        ...debaters.map((one) => step([call("debater", one, 2, heard)], rounds)),
        step(debaters.map((one) => call("debater", one, 2, statements))),
      ];
    },
    recursionLimit: ({ rounds, agents }) => 8 + rounds * agents.debaters.length,
    build: async (builder) => {
      const { agents, aggregate, onUnparsed } = builder.topology;
      const debaters = await inOrder([...agents.debaters.entries()], async ([index, declared]) => {
        const part = await builder.part((topology, session) =>
          debater(memberAt(topology.agents.debaters, index), topology, session),
        );
        const { name = "debater" } = declared;
        return { name, talk: part.node(({ talk }) => talk), vote: part.node(({ vote }) => vote) };
      });
      return createDebate({
        debaters,
        rounds: builder.setting(({ rounds }) => rounds),
        aggregate,
        onUnparsed,
        schemas: builder.schemas(evaluatorSchemas),
      });
    },
  },
} satisfies EvaluatorKind<DebateTopology>;

async function debater(
  member: AgentTopology,
  { scale, reasks, reading: rule, ...told }: DebateTopology,
  session: BuildSession,
) {
  const agent = await session.agent("debater", member);
  const prompt = session.prompt("debater", debaterPromptShape, agent);
  // A debater without a model reads no persona.
  const usual = agent.model === noModel ? "general-public" : member.name;
  const persona = session.prompt(member.prompt ?? usual ?? "", personaShape, agent);
  const { debater: make = createDebaterNodes } = await session.own(member);
  const context = session.context(told);
  return make({ agent, prompt, persona, context, scale, reasks, reading: rule });
}
