import * as z from "zod";
import { createPool } from "../../graphs/pool.ts";
import { createSampleResponse } from "../../nodes/sample-response.ts";
import { matchCount } from "../../nodes/steps/match.ts";
import { generatorSchemas } from "../../state/generation/generator-state.ts";
import {
  agentName,
  agentShape,
  limits,
  refuseWithoutModel,
  section,
} from "../schema/agent-schema.ts";
import { graphName, participants } from "../schema/shared-keys.ts";
import { call, repeated, step } from "../session/forecast-calls.ts";
import { inOrder } from "../session/in-order.ts";
import { memberAt } from "../session/member-at.ts";
import { evaluatorKind, evaluatorTopology, type EvaluatorTopology } from "./evaluators.ts";
import { evaluatorInside, generatorParts } from "./generator-parts.ts";
import type { GeneratorKind } from "./kind.ts";

/** A round robin of so many asks the evaluator 496 times. */
const mostResponses = 32;

const samples = z.int().min(1).max(mostResponses);

const generator = section({
  ...agentShape,
  samples: samples.optional().describe("Its answers to each prompt (the topology's samples)"),
})
  .superRefine(refuseWithoutModel)
  .meta({
    id: "pool-generator",
    description: "One of the generators of a pool",
    anyOf: [{ required: ["model"] }, { required: ["node"] }],
  });

const schema = section({
  graph: graphName("pool"),
  samples: samples.default(1).describe("Answers of each generator, unless it says otherwise"),
  rank: z
    .enum(["pairwise", "bracket", "scores"])
    .default("pairwise")
    .describe(
      "pairwise: each response meets each other | bracket: single elimination, one " +
        "comparison less than responses | scores: each response is scored alone",
    ),
  pairs: z
    .enum(["best-worst", "best-random", "all", "comparisons"])
    .default("best-worst")
    .describe(
      "best-worst | best-random: the best against one of the others, drawn | all: every two " +
        "responses of which one is better | comparisons: every decided comparison",
    ),
  margin: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low <= high, { error: "expected [low, high], the lower one first" })
    .optional()
    .describe("Pairs whose scores differ by at least low and at most high alone"),
  onPolicy: agentName.optional().describe("Pairs in which one response is this generator's alone"),
  limits,
  agents: participants({
    generators: z.array(generator).min(1).describe("Each answers the prompt"),
  }),
  evaluator: evaluatorTopology,
})
  .superRefine((topology, context) => {
    for (const { key, message } of problems(topology)) {
      context.addIssue({ code: "custom", path: [key], message });
    }
  })
  .meta({ id: "pool", description: "Several models answer, and the evaluator ranks the answers" });
export type PoolTopology = z.infer<typeof schema>;

type Counted = Pick<PoolTopology, "samples" | "agents">;
type Checked = Counted & Pick<PoolTopology, "rank" | "margin" | "onPolicy" | "evaluator">;

/** What the keys of a pool can't be together. */
function* problems({ rank, margin, onPolicy, evaluator, ...counted }: Checked) {
  const count = responseCount(counted);
  if (count < 2 || count > mostResponses) {
    const message = `expected 2 to ${mostResponses} responses to a prompt (got ${count})`;
    yield { key: "samples", message };
  }
  const names = counted.agents.generators.map(({ name }, at) => name ?? `generator-${at + 1}`);
  if (onPolicy !== undefined && !names.includes(onPolicy)) {
    const message = `expected a generator's name: ${names.join(", ")} (got ${onPolicy})`;
    yield { key: "onPolicy", message };
  }
  const strategy = strategyOf(evaluator);
  if (rank === "scores" && !scoresApart(evaluator)) {
    const message =
      "scores needs an evaluator that scores one response: strategy: independent, or graph: checks";
    yield { key: "rank", message };
  }
  if (margin !== undefined && strategy === "direct") {
    yield { key: "margin", message: "needs scores; the evaluator's strategy: direct gives none" };
  }
}

function scoresApart(evaluator: EvaluatorTopology): boolean {
  return evaluatorKind(evaluator).evaluate.scoresApart?.(evaluator) === true;
}

function strategyOf(evaluator: EvaluatorTopology): string | undefined {
  return "strategy" in evaluator ? evaluator.strategy : undefined;
}

/** How many responses a prompt gets. */
function responseCount({ samples: usual, agents }: Counted): number {
  return agents.generators.reduce((sum, { samples: own = usual }) => sum + own, 0);
}

/** Several generators and an evaluator that ranks; see `createPool`. */
export const pool = {
  graph: "pool",
  schema,
  judges: ({ evaluator }) => evaluatorKind(evaluator).judges(evaluator),
  // The number of each response depends on how many the generators before give.
  studioSettings: () => [],
  generate: {
    forecast: (topology) => {
      const { agents, samples: usual, rank, evaluator } = topology;
      const answers = agents.generators.map((one) =>
        call("generator", one, 0, 0, one.samples ?? usual),
      );
      const judging = evaluatorKind(evaluator).evaluate.forecast(evaluator);
      return [step(answers), ...repeated(judging, matchCount(responseCount(topology), rank))];
    },
    recursionLimit: (topology) => {
      const matches = matchCount(responseCount(topology), topology.rank);
      const { evaluator } = topology;
      return 8 + 3 * matches + evaluatorKind(evaluator).evaluate.recursionLimit(evaluator);
    },
    build: async (builder) => {
      const { agents, samples: usual, rank } = builder.topology;
      const generators = await inOrder([...agents.generators.entries()], async ([at, declared]) => {
        const part = await builder.part((topology, session) =>
          generatorParts(memberAt(topology.agents.generators, at), session),
        );
        const node = part.node(({ options, make = createSampleResponse }) => make(options));
        const { name = "generator", samples: own = usual } = declared;
        return { name, node, samples: own };
      });
      const graph = createPool({
        generators,
        evaluator: await evaluatorInside(builder),
        ranking: rank,
        schemas: builder.schemas(generatorSchemas),
      });
      return { graph, members: null };
    },
  },
} satisfies GeneratorKind<PoolTopology>;
