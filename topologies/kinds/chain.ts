import * as z from "zod";
import { createChain } from "../../graphs/chain.ts";
import { createChainEvolution } from "../../graphs/chain-evolution.ts";
import { answeringStep, type ChainStep } from "../../graphs/chain-step.ts";
import { generatorSchemas } from "../../state/generation/generator-state.ts";
import type { MemberConversations } from "../../state/generation/loop-progress.ts";
import { limits, section } from "../schema/agent-schema.ts";
import { conversation, graphName, mostSteps, pairs } from "../schema/shared-keys.ts";
import { sessionBuilder, type Builder } from "../session/builder.ts";
import type { BuildSession } from "../session/build-session.ts";
import type { ForecastStep } from "../session/forecast-calls.ts";
import { inOrder } from "../session/in-order.ts";
import { memberAt } from "../session/member-at.ts";
import type { EvolutionKind, GeneratorKind, KeyProblem } from "./kind.ts";
import { stepKind, stepKinds, stepTopology, type StepTopology } from "./steps.ts";

const schema = section({
  graph: graphName("chain"),
  pairs,
  conversation,
  limits,
  steps: z
    .array(stepTopology)
    .min(1)
    .max(mostSteps)
    .describe(
      "The first answers, or takes the answer that the data hold (fellowship evolve); each " +
        "later one improves the best response so far",
    ),
})
  .superRefine(({ steps }, context) => {
    for (const [index, step] of steps.entries()) {
      const problem = index === 0 ? null : stepKind(step).step.problem(step);
      if (problem === null) continue;
      const path = ["steps", index, problem.key];
      context.addIssue({ code: "custom", path, message: problem.message });
    }
  })
  .meta({ id: "chain", description: "Topologies one after another" });
export type ChainTopology = z.infer<typeof schema>;

/** Steps one after another; see `createChain`. */
export const chain = {
  graph: "chain",
  schema,
  steps: stepKinds.map(({ graph }) => graph),
  judges: ({ steps }) => steps.reduce((sum, step) => sum + stepKind(step).judges(step), 0),
  studioSettings: () => [],
  generate: {
    problem: answeringProblem,
    forecast: ({ steps }) => steps.flatMap((step, index) => stepCalls(step, index === 0)),
    recursionLimit,
    build: async (builder) => {
      const { steps, members } = await chainSteps(builder, { improves: false });
      const schemas = builder.schemas(generatorSchemas);
      return { graph: createChain({ steps, schemas }), members };
    },
  },
  evolve: {
    problem: improvingProblem,
    editor: () => undefined,
    forecast: ({ steps }) => steps.flatMap((step) => stepCalls(step, false)),
    recursionLimit,
    build: async (builder) => {
      const { steps } = await chainSteps(builder, { improves: true });
      const method = createChain({ steps, improves: true });
      return { evolution: createChainEvolution(method), method };
    },
  },
} satisfies GeneratorKind<ChainTopology> & EvolutionKind<ChainTopology>;

/** With prompts there is no response yet that a first step could improve. */
function answeringProblem({ steps: [first] }: ChainTopology): KeyProblem | null {
  if (first === undefined || stepKind(first).generate !== undefined) return null;
  const known = stepKinds.flatMap((kind) => ("generate" in kind ? [kind.graph] : []));
  return {
    key: "steps.0.graph",
    message:
      `${first.graph} improves a response, and with prompts there is none yet; expected ` +
      `${known.join(" or ")} first (fellowship evolve takes this chain over data that hold the ` +
      "answers)",
  };
}

/** Over answers the first step improves as well. */
function improvingProblem({ steps: [first] }: ChainTopology): KeyProblem | null {
  const problem = first === undefined ? null : stepKind(first).step.problem(first);
  return problem === null ? null : { ...problem, key: `steps.0.${problem.key}` };
}

function stepCalls(step: StepTopology, answers: boolean): ForecastStep[] {
  const kind = stepKind(step);
  const runs = (answers ? kind.generate : undefined) ?? kind.step;
  return runs.forecast(step);
}

/** Each graph counts its own steps against the limit that all of them are invoked with. */
function recursionLimit({ steps }: ChainTopology): number {
  return steps.reduce(
    (sum, step) => sum + stepKind(step).step.recursionLimit(step),
    8 + steps.length,
  );
}

/** The steps as nodes; where the chain `improves` a response that goes in, the first one too. */
async function chainSteps(
  builder: Builder<ChainTopology>,
  { improves }: { readonly improves: boolean },
) {
  const built = await inOrder(
    [...builder.topology.steps.entries()],
    async ([index, { graph: name }]) => {
      const part = await builder.part(({ steps }, session) =>
        index === 0 && !improves
          ? firstStep(memberAt(steps, index), session)
          : laterStep(memberAt(steps, index), index + 1, session),
      );
      const { made } = part;
      const step = { name, node: part.node(({ step }) => step.node), inside: made?.step.inside };
      return { step, members: made?.members ?? null };
    },
  );
  return { steps: built.map(({ step }) => step), members: built[0]?.members ?? null };
}

type BuiltStep = {
  readonly step: ChainStep;
  /** Of a loop that begins the chain. */
  readonly members: MemberConversations | null;
};

async function firstStep(topology: StepTopology, session: BuildSession): Promise<BuiltStep> {
  const { generate } = stepKind(topology);
  // Checked when the file was read; see `answeringProblem`.
  if (generate === undefined) throw new Error(`${topology.graph} can't begin a chain`);
  const { graph, members } = await generate.build(sessionBuilder(topology, session));
  return { step: answeringStep(topology.graph, graph), members };
}

async function laterStep(
  topology: StepTopology,
  number: number,
  session: BuildSession,
): Promise<BuiltStep> {
  const { step } = stepKind(topology);
  const of = { step: number, agent: step.writer(topology) };
  return { step: await step.build(sessionBuilder(topology, session), of), members: null };
}
