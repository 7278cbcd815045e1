import * as z from "zod";
import { createCascade } from "../../graphs/cascade.ts";
import { evaluatorSchemas } from "../../state/evaluator-state.ts";
import { limits, section } from "../schema/agent-schema.ts";
import { graphName, inlineOrFile, mostSteps } from "../schema/shared-keys.ts";
import { inOrder } from "../session/in-order.ts";
import type { EvaluatorKind } from "./kind.ts";
import { plainEvaluatorKinds } from "./plain-evaluators.ts";
import { memberOf, unionOf } from "./union-of.ts";

type PlainKind = (typeof plainEvaluatorKinds)[number];
type PlainTopology = z.infer<PlainKind["schema"]>;
/** A step: an evaluator, and the rows that it takes from the step before. */
export type CascadeStepTopology = PlainTopology & { readonly marginAtMost?: number | undefined };

const marginAtMost = z
  .number()
  .min(0)
  .describe(
    "The step takes the rows whose scores by the step before differ by so much at most; ties and unreadable verdicts in any case",
  );

/** The schema of an evaluator as a step: its own keys and rules, and `marginAtMost`. */
function stepSchema({ graph, schema }: PlainKind) {
  const rules = schema.def.checks ?? [];
  return section({ ...schema.shape, marginAtMost: marginAtMost.optional() })
    .check(...(rules as z.core.$ZodCheck<object>[]))
    .meta({ ...schema.meta(), id: `${graph}-step` });
}

const stepKinds = plainEvaluatorKinds.map((kind) => ({
  graph: kind.graph,
  schema: stepSchema(kind),
})) as unknown as readonly [{ readonly graph: string; readonly schema: PlainKind["schema"] }];

const stepTopology = inlineOrFile(
  unionOf(stepKinds) as unknown as z.ZodType<CascadeStepTopology>,
  { id: "cascade-step", description: "A step of a cascade, inline or file: judge.yaml" },
  { marginAtMost },
);

const schema = section({
  graph: graphName("cascade"),
  limits,
  steps: z
    .array(stepTopology)
    .min(2)
    .max(mostSteps)
    .describe(
      "The first judges every row, each later one those of which the step before is unsure",
    ),
})
  .superRefine(({ steps }, context) => {
    for (const [index, step] of steps.entries()) {
      const message = problemOf(step, steps[index - 1]);
      if (message === null) continue;
      const path = ["steps", index, "marginAtMost"];
      context.addIssue({ code: "custom", path, message });
    }
  })
  .meta({
    id: "cascade",
    description: "An evaluator, and a stronger one for the rows of which it is unsure",
  });
export type CascadeTopology = z.infer<typeof schema>;

/** Why a step's margin won't do after the step before; null where it will. */
function problemOf(
  { marginAtMost: margin }: CascadeStepTopology,
  before: CascadeStepTopology | undefined,
): string | null {
  if (before === undefined) {
    const message = "the first step takes every row; expected it at the step that takes over";
    return margin === undefined ? null : message;
  }
  if (!givesScores(before)) {
    const message =
      "the step before gives no scores (strategy: direct); its ties and unreadable verdicts go on without it";
    return margin === undefined ? null : message;
  }
  return margin === undefined ? "is missing" : null;
}

function givesScores(step: PlainTopology): boolean {
  return !("strategy" in step) || step.strategy !== "direct";
}

/** The kind of a step. */
function kindOf<Step extends PlainTopology>({ graph }: Step): EvaluatorKind<Step> {
  // The member of that name takes topologies of that name.
  return memberOf(plainEvaluatorKinds, graph) as unknown as EvaluatorKind<Step>;
}

/** Evaluators one after another, the stronger ones for unsure rows; see `createCascade`. */
export const cascade = {
  graph: "cascade",
  schema,
  steps: plainEvaluatorKinds.map(({ graph }) => graph),
  besideFile: ["marginAtMost"],
  judges: ({ steps }) => steps.reduce((sum, step) => sum + kindOf(step).judges(step), 0),
  studioSettings: () => [],
  evaluate: {
    ordered: ({ steps }) => steps.some((step) => kindOf(step).evaluate.ordered(step)),
    forecast: ({ steps }) => steps.flatMap((step) => kindOf(step).evaluate.forecast(step)),
    recursionLimit: ({ steps }) =>
      8 + steps.reduce((sum, step) => sum + 2 + kindOf(step).evaluate.recursionLimit(step), 0),
    build: async (builder) => {
      const steps = await inOrder([...builder.topology.steps.entries()], async ([index, step]) => {
        const inner = builder.evaluator(({ steps: all }) => all[index]);
        const graph = await kindOf(inner.topology).evaluate.build(inner);
        return { name: step.graph, graph, marginAtMost: step.marginAtMost };
      });
      return createCascade({ steps, schemas: builder.schemas(evaluatorSchemas) });
    },
  },
} satisfies EvaluatorKind<CascadeTopology>;
