import * as z from "zod";
import { createJury } from "../../graphs/jury.ts";
import { evaluatorSchemas } from "../../state/evaluation/evaluator-state.ts";
import { juror, limits, section } from "../schema/agent-schema.ts";
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
  unless,
} from "../schema/shared-keys.ts";
import { inOrder } from "../session/in-order.ts";
import { memberAt } from "../session/member-at.ts";
import type { EvaluatorKind } from "./kind.ts";
import { panelCalls, panelist, scoresEach, seesAnOrder } from "./panelist.ts";

const schema = section({
  graph: graphName("jury"),
  strategy,
  scale,
  orders,
  ...judgeReading,
  ...judgingContext,
  onFlip: z
    .enum(["abstain", "tie", "vote"])
    .default("abstain")
    .describe(
      "A juror's vote where its two orders disagree; vote: both its readings are counted. A " +
        "flip is counted in any case",
    ),
  aggregate: z
    .enum(["plurality", "mean", "weighted", "calibrated"])
    .default("plurality")
    .describe(
      "plurality: most votes, any shared first place is a tie | mean: of the score margins " +
        "| weighted: by the jurors' weights | calibrated: by the jurors' margins and by how " +
        "steady the run finds them",
    ),
  limits,
  agents: participants({ jurors: z.array(juror).min(1).describe("Judges of any models") }),
})
  .refine(({ strategy, aggregate }) => strategy !== "direct" || aggregate !== "mean", {
    path: ["aggregate"],
    error:
      "mean needs scores and strategy: direct gives none; allowed with it: plurality, " +
      "weighted, calibrated",
  })
  .refine(
    ({ aggregate, agents }) =>
      aggregate !== "mean" || agents.jurors.every(({ api }) => api === undefined),
    {
      path: ["aggregate"],
      error:
        "mean needs scores on one scale, and a reward model (api) has its own; allowed with " +
        "it: plurality, weighted, calibrated",
    },
  )
  .superRefine(({ strategy, reading }, context) => {
    const message = unreadableWriting(strategy, reading);
    if (message !== null) context.addIssue({ code: "custom", path: ["reading"], message });
  })
  .meta({
    id: "jury",
    description: "Judges side by side, whose votes are counted",
    ...unless(
      "strategy",
      { not: { const: "direct" } },
      { properties: { aggregate: { not: { const: "mean" } } } },
    ),
  });
export type JuryTopology = z.infer<typeof schema>;

/** Several judges and a count; see `createJury`. */
export const jury = {
  graph: "jury",
  schema,
  judges: ({ agents }) => agents.jurors.length,
  studioSettings: () => askingKeys,
  evaluate: {
    ordered: (topology) => seesAnOrder(topology.agents.jurors, topology),
    scoresApart: (topology) => scoresEach(topology.agents.jurors, topology),
    forecast: (topology) => panelCalls("juror", topology.agents.jurors, topology),
    recursionLimit: () => 8,
    build: async (builder) => {
      const { agents, aggregate, onUnparsed, onFlip } = builder.topology;
      const jurors = await inOrder([...agents.jurors.entries()], async ([index, declared]) => {
        const { name = "juror", weight, api } = declared;
        const part = await builder.part((topology, session) =>
          panelist("juror", memberAt(topology.agents.jurors, index), topology, session),
        );
        const node = part.node((made) => made.node);
        return { name, weight, node, hasOwnScale: api !== undefined };
      });
      const schemas = builder.schemas(evaluatorSchemas);
      return createJury({ jurors, aggregate, onUnparsed, onFlip, schemas });
    },
  },
} satisfies EvaluatorKind<JuryTopology>;
