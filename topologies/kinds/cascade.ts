import * as z from "zod";
import { createCascade } from "../../graphs/cascade.ts";
import { evaluatorSchemas } from "../../state/evaluation/evaluator-state.ts";
import { limits, section } from "../schema/agent-schema.ts";
import { graphName, inlineOrFile, mostSteps } from "../schema/shared-keys.ts";
import { maybe } from "../session/forecast-calls.ts";
import { inOrder } from "../session/in-order.ts";
import { namesOfChecks } from "./checks.ts";
import type { EvaluatorKind } from "./kind.ts";
import { plainEvaluatorKinds } from "./plain-evaluators.ts";
import { memberOf, unionOf } from "./union-of.ts";

type PlainKind = (typeof plainEvaluatorKinds)[number];
type PlainTopology = z.infer<PlainKind["schema"]>;
/** A step: an evaluator, and the rows that it takes from the step before. */
export type CascadeStepTopology = PlainTopology & { readonly marginAtMost?: number | undefined };

const personStep = section({
  graph: graphName("person"),
  marginAtMost: z
    .number()
    .min(0)
    .optional()
    .describe(
      "People take the rows whose scores by the step before differ by so much at most; ties " +
        "and unreadable verdicts in any case, and alone where it is left out",
    ),
}).meta({
  id: "person-step",
  description: "People, who label the rows of which the step before is unsure",
});
/** The last step, where people decide. */
export type PersonStep = z.infer<typeof personStep>;

const marginAtMost = z
  .number()
  .min(0)
  .describe(
    "The step takes the rows whose scores by the step before differ by so much at most; " +
      "ties and unreadable verdicts in any case. Learned from the first rows where it is left " +
      "out",
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

const anyStep = unionOf([...stepKinds, { graph: "person", schema: personStep }]);

const stepTopology = inlineOrFile(
  anyStep as unknown as z.ZodType<CascadeStepTopology | PersonStep>,
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
    const person = steps.findIndex(isPerson);
    if (person !== -1 && (person === 0 || person < steps.length - 1)) {
      const message = "people are the last step, behind an evaluator";
      context.addIssue({ code: "custom", path: ["steps", person, "graph"], message });
      return;
    }
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

function isPerson(step: CascadeStepTopology | PersonStep): step is PersonStep {
  return step.graph === "person";
}

/** The steps that are evaluators. */
function evaluatorsOf({ steps }: CascadeTopology): CascadeStepTopology[] {
  return steps.filter((step) => !isPerson(step));
}

/** The step at which people decide; undefined where a cascade has none. */
export function personOf(topology: object): PersonStep | undefined {
  const { graph, steps = [] } = topology as Partial<CascadeTopology>;
  return graph === "cascade" ? steps.find(isPerson) : undefined;
}

/** Why a step's margin won't do after the step before; null where it will. */
function problemOf(
  { marginAtMost: margin }: CascadeStepTopology | PersonStep,
  before: CascadeStepTopology | PersonStep | undefined,
): string | null {
  if (margin === undefined) return null;
  if (before === undefined || isPerson(before)) {
    return "the first step takes every row; expected it at the step that takes over";
  }
  return givesScores(before)
    ? null
    : "the step before gives no scores (strategy: direct); its ties and unreadable verdicts " +
        "go on without it";
}

function givesScores(step: PlainTopology): boolean {
  return !("strategy" in step) || step.strategy !== "direct";
}

/** The highest score that a step gives. */
function highestScore(step: PlainTopology): number {
  if ("scale" in step) return step.scale;
  return "checks" in step ? step.checks.reduce((sum, { weight }) => sum + weight, 0) : 0;
}

/**
 * The margin that a run begins with where a step's is learned, as a part of the highest score of
 * the step before: 2 of 10.
 */
const firstMarginShare = 0.2;

/** The margin of each step: as given, or as a run begins with it, with `isLearned`. */
export function marginsOf({ steps }: CascadeTopology): readonly {
  readonly marginAtMost: number | undefined;
  readonly isLearned: boolean;
}[] {
  return steps.map((step, index) => {
    const { marginAtMost: given } = step;
    const before = steps[index - 1];
    if (before === undefined || isPerson(before) || isPerson(step)) {
      return { marginAtMost: given, isLearned: false };
    }
    const isLearned = given === undefined && givesScores(before);
    return isLearned
      ? { marginAtMost: firstMarginShare * highestScore(before), isLearned }
      : { marginAtMost: given, isLearned };
  });
}

/** The agents of each step, by their names in the whole topology. */
export function agentsOfSteps({ steps }: CascadeTopology): readonly (readonly string[])[] {
  return steps.map((step) => {
    if (isPerson(step)) return [];
    if (!("agents" in step)) return step.graph === "checks" ? namesOfChecks(step) : [];
    return Object.values(step.agents)
      .flat()
      .flatMap(({ name }) => name ?? []);
  });
}

/** A cascade's name in a run: that of its agents, which no other has. */
export function cascadeName(topology: CascadeTopology): string {
  return agentsOfSteps(topology).flat().join(" ");
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
  judges: (topology) =>
    evaluatorsOf(topology).reduce((sum, step) => sum + kindOf(step).judges(step), 0),
  studioSettings: () => [],
  evaluate: {
    ordered: (topology) =>
      evaluatorsOf(topology).some((step) => kindOf(step).evaluate.ordered(step)),
    forecast: (topology) =>
      evaluatorsOf(topology).flatMap((step, index) => {
        const calls = kindOf(step).evaluate.forecast(step);
        return index === 0 ? calls : maybe(calls);
      }),
    recursionLimit: (topology) =>
      8 +
      evaluatorsOf(topology).reduce(
        (sum, step) => sum + 2 + kindOf(step).evaluate.recursionLimit(step),
        0,
      ),
    build: async (builder) => {
      const margins = marginsOf(builder.topology);
      const evaluators = evaluatorsOf(builder.topology);
      const steps = await inOrder([...evaluators.entries()], async ([index, step]) => {
        const inner = builder.evaluator((topology) => evaluatorsOf(topology)[index]);
        const graph = await kindOf(inner.topology).evaluate.build(inner);
        return { name: step.graph, graph, marginAtMost: margins[index]?.marginAtMost };
      });
      const learns = margins.some(({ isLearned }) => isLearned);
      return createCascade({
        steps,
        ...(learns ? { learnsAs: cascadeName(builder.topology) } : {}),
        schemas: builder.schemas(evaluatorSchemas),
      });
    },
  },
} satisfies EvaluatorKind<CascadeTopology>;
