import type * as z from "zod";
import { evaluatorSchemas } from "../../state/evaluation/evaluator-state.ts";
import type { EvaluatorKind } from "../../topologies/kinds/kind.ts";
import { section } from "../../topologies/schema/agent-schema.ts";
import { graphName } from "../../topologies/schema/shared-keys.ts";
import { createShortest } from "./shortest-graph.ts";

const schema = section({ graph: graphName("shortest") }).meta({
  id: "shortest",
  description: "The shorter response is better",
});

/** A kind as a file in `topologies/kinds/` holds it. */
export const shortest = {
  graph: "shortest",
  schema,
  judges: () => 0,
  studioSettings: () => [],
  evaluate: {
    ordered: () => false,
    forecast: () => [],
    recursionLimit: () => 8,
    build: async (builder) => createShortest(builder.schemas(evaluatorSchemas)),
  },
} satisfies EvaluatorKind<z.infer<typeof schema>>;
