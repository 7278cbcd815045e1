import * as z from "zod";
import { createJudgeGraph } from "../../graphs/judge.ts";
import { evaluatorSchemas } from "../../state/evaluation/evaluator-state.ts";
import { judgingAgent, limits, section } from "../schema/agent-schema.ts";
import {
  askingKeys,
  graphName,
  orders,
  judgeReading,
  judgingContext,
  participants,
  scale,
  strategy,
  unreadableWriting,
} from "../schema/shared-keys.ts";
import type { EvaluatorKind } from "./kind.ts";
import { panelCalls, panelist, scoresEach, seesAnOrder } from "./panelist.ts";

const schema = section({
  graph: graphName("judge"),
  strategy,
  scale,
  orders,
  ...judgeReading,
  ...judgingContext,
  onFlip: z
    .enum(["tie", "none"])
    .default("tie")
    .describe("The verdict where the two orders disagree; a flip is counted in any case"),
  limits,
  agents: participants({ judge: judgingAgent }),
})
  .superRefine(({ strategy, reading }, context) => {
    const message = unreadableWriting(strategy, reading);
    if (message !== null) context.addIssue({ code: "custom", path: ["reading"], message });
  })
  .meta({ id: "judge", description: "One evaluator who compares two responses" });
export type JudgeTopology = z.infer<typeof schema>;

/** One judge; see `createJudgeGraph`. */
export const judge = {
  graph: "judge",
  schema,
  judges: () => 1,
  studioSettings: () => askingKeys,
  evaluate: {
    ordered: (topology) => seesAnOrder([topology.agents.judge], topology),
    scoresApart: (topology) => scoresEach([topology.agents.judge], topology),
    forecast: (topology) => panelCalls("judge", [topology.agents.judge], topology),
    recursionLimit: () => 8,
    build: async (builder) => {
      const { agents, onUnparsed, onFlip } = builder.topology;
      const part = await builder.part((topology, session) =>
        panelist("judge", topology.agents.judge, topology, session),
      );
      return createJudgeGraph({
        judge: { name: agents.judge.name ?? "judge", node: part.node(({ node }) => node) },
        onUnparsed,
        onFlip,
        schemas: builder.schemas(evaluatorSchemas),
      });
    },
  },
} satisfies EvaluatorKind<JudgeTopology>;
