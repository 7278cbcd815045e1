import * as z from "zod";
import { generatorStep } from "../../graphs/chain-step.ts";
import { createSingle } from "../../graphs/single.ts";
import { createSampleResponse } from "../../nodes/sample-response.ts";
import { generatorSchemas } from "../../state/generation/generator-state.ts";
import { agent, limits, section } from "../schema/agent-schema.ts";
import { graphName, pairs, participants, unless } from "../schema/shared-keys.ts";
import type { Builder } from "../session/builder.ts";
import { call, repeated, step, type ForecastStep } from "../session/forecast-calls.ts";
import { evaluatorKind, evaluatorTopology } from "./evaluators.ts";
import { evaluatorInside, generatorParts } from "./generator-parts.ts";
import type { GeneratorKind, StepKind } from "./kind.ts";

const schema = section({
  graph: graphName("single"),
  samples: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe("Answers to each prompt; more than one are judged, and need an evaluator"),
  pairs,
  limits,
  agents: participants({ generator: agent }),
  evaluator: evaluatorTopology.optional(),
})
  .refine(({ samples, evaluator }) => samples === 1 || evaluator !== undefined, {
    path: ["samples"],
    error: "more than one needs an evaluator, to choose the best of them",
  })
  .meta({
    id: "single",
    description: "One generator without a reviewer",
    ...unless("samples", { maximum: 1 }, { required: ["evaluator"] }),
  });
export type SingleTopology = z.infer<typeof schema>;

/** One generator without a reviewer; see `createSingle`. */
export const single = {
  graph: "single",
  schema,
  judges: ({ evaluator }) =>
    evaluator === undefined ? 0 : evaluatorKind(evaluator).judges(evaluator),
  // Without an evaluator there is one answer, and no setting could add another.
  studioSettings: ({ evaluator }) => (evaluator === undefined ? [] : ["samples"]),
  generate: {
    forecast: (topology) => samplesAndContests(topology, topology.samples - 1),
    recursionLimit,
    build: async (builder) => ({ graph: await singleGraph(builder), members: null }),
  },
  step: {
    problem: ({ evaluator }) =>
      evaluator === undefined
        ? {
            key: "evaluator",
            message: "is missing; these answers challenge the response of the step before",
          }
        : null,
    writer: ({ agents }) => agents.generator.name ?? "generator",
    forecast: (topology) => samplesAndContests(topology, topology.samples),
    recursionLimit,
    build: async (builder, of) =>
      generatorStep(builder.topology.graph, await singleGraph(builder, { improves: true }), of),
  },
} satisfies GeneratorKind<SingleTopology> & StepKind<SingleTopology>;

function samplesAndContests(
  { samples, agents, evaluator }: SingleTopology,
  contests: number,
): ForecastStep[] {
  const judging =
    evaluator === undefined ? [] : evaluatorKind(evaluator).evaluate.forecast(evaluator);
  return [
    step([call("generator", agents.generator, 0, 0)], samples),
    ...repeated(judging, contests),
  ];
}

function recursionLimit({ samples, evaluator }: SingleTopology): number {
  const judging =
    evaluator === undefined ? 0 : evaluatorKind(evaluator).evaluate.recursionLimit(evaluator);
  return 8 + 4 * samples + judging;
}

async function singleGraph(
  builder: Builder<SingleTopology>,
  { improves = false }: { readonly improves?: boolean } = {},
) {
  const { evaluator } = builder.topology;
  const part = await builder.part(({ agents }, session) =>
    generatorParts(agents.generator, session),
  );
  const samples = evaluator === undefined ? 1 : builder.setting((topology) => topology.samples);
  // One answer that challenges nothing needs no evaluator, nor the keys of its models.
  const isJudged = evaluator !== undefined && (improves || samples !== 1);
  return createSingle({
    generator: part.node(({ options, make = createSampleResponse }) => make(options)),
    samples,
    evaluator: isJudged ? await evaluatorInside(builder) : null,
    improves,
    schemas: builder.schemas(generatorSchemas),
  });
}
