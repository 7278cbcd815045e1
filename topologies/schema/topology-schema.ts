import * as z from "zod";
import { agent, agentName, juror, limits, section } from "./agent-schema.ts";

/** Steps of a chain at most; each may name files of its own, so that a file is refused before they are read. */
export const mostSteps = 8;

/** The key that tells topologies apart. */
function graphName<const Name extends string>(name: Name) {
  return z.literal(name).describe("Which graph runs");
}

function participants<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return section(shape).describe("Who takes part");
}

/** A rule across keys for editors, which can't run the check: a key has such a value or is left out, or else the rest holds. */
function unless(key: string, value: object, rest: object) {
  return { anyOf: [{ properties: { [key]: value } }, rest] };
}

const strategy = z
  .enum(["direct", "independent", "combined"])
  .default("combined")
  .describe(
    "direct: which is better | independent: each is scored alone | combined: both are scored in one call",
  );
const scale = z.literal([5, 10, 100]).default(10).describe("The highest score");
const orders = z
  .enum(["ab", "both"])
  .default("ab")
  .describe("both: asks again with the responses swapped and merges the two verdicts");
const reading = {
  onUnparsed: z
    .enum(["tie", "fail"])
    .default("tie")
    .describe("What a verdict or vote becomes that stays unreadable after the re-asks"),
  reasks: z
    .int()
    .min(0)
    .max(10)
    .default(1)
    .describe("How often an unreadable verdict is asked for again, in the same conversation"),
};

export const judgeTopology = section({
  graph: graphName("judge"),
  strategy,
  scale,
  orders,
  ...reading,
  limits,
  agents: participants({ judge: agent }),
}).meta({ id: "judge", description: "One evaluator who compares two responses" });
export type JudgeTopology = z.infer<typeof judgeTopology>;

export const juryTopology = section({
  graph: graphName("jury"),
  strategy,
  scale,
  orders,
  ...reading,
  aggregate: z
    .enum(["plurality", "mean", "weighted"])
    .default("plurality")
    .describe(
      "plurality: most votes, any shared first place is a tie | mean: of the score margins | weighted: by the jurors' weights",
    ),
  limits,
  agents: participants({ jurors: z.array(juror).min(1).describe("Judges of any models") }),
})
  .refine(({ strategy, aggregate }) => strategy !== "direct" || aggregate !== "mean", {
    path: ["aggregate"],
    error:
      "mean needs scores and strategy: direct gives none; allowed with it: plurality, weighted",
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
export type JuryTopology = z.infer<typeof juryTopology>;

export const debateTopology = section({
  graph: graphName("debate"),
  rounds: z.int().min(1).max(20).default(2).describe("Rounds of talk before the scores"),
  scale,
  ...reading,
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
export type DebateTopology = z.infer<typeof debateTopology>;

export const evaluatorTopology = z
  .discriminatedUnion("graph", [judgeTopology, juryTopology, debateTopology])
  .meta({ id: "evaluator", description: "An evaluator topology, inline or file: judge.yaml" });
export type EvaluatorTopology = z.infer<typeof evaluatorTopology>;

export const pairs = z
  .enum(["comparisons", "best-first"])
  .default("comparisons")
  .describe(
    "comparisons: a pair for every decided comparison | best-first: the best against the first response",
  );

export const debateReviewer = section({
  graph: z.literal("debate").describe("CoEvol's debaters and advisor review the response"),
  name: agentName.optional(),
  agents: participants({
    positive: agent.describe("The debater who looks for what is good"),
    critical: agent.describe("The debater who looks for what is wrong"),
    advisor: agent.describe("Keeps what is credible, as suggestions: the review"),
  }),
}).meta({ id: "debate-reviewer", description: "A debate that ends in advice" });
export type DebateReviewerTopology = z.infer<typeof debateReviewer>;

const reviewer = z
  .union([agent, debateReviewer])
  .meta({ id: "reviewer", description: "Who reviews: an agent, or a debate" });
export type ReviewerTopology = z.infer<typeof reviewer>;

export const feedbackLoopTopology = section({
  graph: graphName("feedback-loop"),
  iterations: z
    .int()
    .min(1)
    .max(20)
    .default(3)
    .describe("Responses, the first included; the last one is not reviewed"),
  stop: section({
    score: z
      .number()
      .min(0)
      .max(10)
      .describe("Every reviewer's score at or above it ends the loop"),
  })
    .optional()
    .describe("Ends the loop early"),
  branch: z
    .boolean()
    .default(false)
    .describe(
      "true: each reviewer's feedback gets its own revision; the evaluator's best of them goes on",
    ),
  pairs,
  limits,
  agents: participants({
    generator: agent,
    reviewers: z.array(reviewer).min(1).describe("Say how to improve the response"),
  }),
  evaluator: evaluatorTopology,
}).meta({
  id: "feedback-loop",
  description: "A generator who revises its response by what reviewers say",
});
export type FeedbackLoopTopology = z.infer<typeof feedbackLoopTopology>;

export const singleTopology = section({
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
export type SingleTopology = z.infer<typeof singleTopology>;

const conversation = section({
  window: z.int().min(0).default(2).describe("Earlier exchanges shown with an answer"),
  maxTurns: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe("Answers improved at most; null: until the conversation holds maxTokens tokens"),
  maxTokens: z
    .int()
    .min(1)
    .default(2048)
    .describe("Without maxTurns, the conversation is improved until it holds so many"),
})
  .prefault({})
  .describe("Multi-turn data");

const coevolModes = [
  "iterate",
  "edit",
  "advise-edit-blind",
  "advise-edit",
  "debate-advise-edit",
] as const;
export type CoevolMode = (typeof coevolModes)[number];

/** Whom a mode of CoEvol needs besides the editor; agents that it has no part for are left out. */
const coevolNeeds = {
  iterate: ["positive", "critical", "advisor"],
  edit: [],
  "advise-edit-blind": ["advisor"],
  "advise-edit": ["advisor"],
  "debate-advise-edit": ["positive", "critical", "advisor"],
} as const satisfies Readonly<Record<CoevolMode, readonly string[]>>;

/** The same for editors, which can't run the check. */
const coevolRules = [
  ...Object.entries(coevolNeeds).map(([mode, required]) =>
    ruleOfMode(mode, { properties: { agents: { required } } }),
  ),
  ruleOfMode("iterate", {
    oneOf: [{ required: ["evaluator"] }, { properties: { agents: { required: ["judge"] } } }],
  }),
];

/** Where no mode is given it is `iterate`. */
function ruleOfMode(mode: string, rest: object) {
  const another = { properties: { mode: { not: { const: mode } } } };
  return { anyOf: [mode === "iterate" ? { ...another, required: ["mode"] } : another, rest] };
}

export const coevolTopology = section({
  graph: graphName("coevol"),
  mode: z
    .enum(coevolModes)
    .default("iterate")
    .describe(
      "iterate: while a judge finds the rewrite better | the others: one pass without a judge",
    ),
  maxIterations: z.int().min(1).max(20).default(3).describe("Rewrites accepted at most"),
  verdict: z
    .enum(["compare", "score"])
    .default("compare")
    .describe("compare: the judge names the better one | score: it scores both out of 10"),
  reasks: z
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe("How often an unreadable verdict is asked for again; the method itself asks once"),
  conversation,
  limits,
  agents: participants({
    positive: agent.optional().describe("The debater who looks for what is good"),
    critical: agent.optional().describe("The debater who looks for what is wrong"),
    advisor: agent.optional().describe("Keeps what is credible, as suggestions"),
    editor: agent.describe("Rewrites the response"),
    judge: agent.optional().describe("Compares response and rewrite, or evaluator: in its place"),
  }),
  evaluator: evaluatorTopology.optional(),
})
  .superRefine(({ mode, agents, evaluator }, context) => {
    const complain = (path: string[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    for (const role of coevolNeeds[mode]) {
      if (agents[role] === undefined)
        complain(["agents", role], `is missing; mode: ${mode} needs it`);
    }
    if (mode !== "iterate") return;
    if (agents.judge === undefined && evaluator === undefined) {
      complain(["agents", "judge"], "is missing; mode: iterate needs it, or an evaluator");
    }
    if (agents.judge !== undefined && evaluator !== undefined) {
      complain(["evaluator"], "stands beside agents.judge; mode: iterate needs one of the two");
    }
  })
  .meta({
    id: "coevol",
    description: "Responses of instruction data, improved in place",
    allOf: coevolRules,
  });
export type CoevolTopology = z.infer<typeof coevolTopology>;

export const stepTopology = z
  .discriminatedUnion("graph", [singleTopology, feedbackLoopTopology, coevolTopology])
  .meta({ id: "step", description: "A step of a chain, inline or file: feedback-loop.yaml" });
export type StepTopology = z.infer<typeof stepTopology>;

export const chainTopology = section({
  graph: graphName("chain"),
  pairs,
  conversation,
  limits,
  steps: z
    .array(stepTopology)
    .min(1)
    .max(mostSteps)
    .describe(
      "The first answers, or takes the answer that the data hold (npm run evolve); each later one improves the best response so far",
    ),
})
  .superRefine(({ steps }, context) => {
    for (const [index, step] of steps.entries()) {
      const problem = index === 0 ? null : improvementProblem(step);
      if (problem === null) continue;
      const path = ["steps", index, problem.key];
      context.addIssue({ code: "custom", path, message: problem.message });
    }
  })
  .meta({ id: "chain", description: "Topologies one after another" });
export type ChainTopology = z.infer<typeof chainTopology>;

export const topology = z.discriminatedUnion("graph", [
  judgeTopology,
  juryTopology,
  debateTopology,
  singleTopology,
  feedbackLoopTopology,
  coevolTopology,
  chainTopology,
]);
export type Topology = z.infer<typeof topology>;
/** Takes a prompt and leaves responses. */
export type GeneratorTopology = SingleTopology | FeedbackLoopTopology | ChainTopology;
/** Takes answers that are there, and improves them. */
export type EvolutionTopology = CoevolTopology | ChainTopology;

/** True for the topologies that take a prompt and leave responses. */
export function isGeneratorTopology(value: Topology): value is GeneratorTopology {
  return ["single", "feedback-loop", "chain"].includes(value.graph);
}

/** True for the topologies that take a pair and leave a verdict. */
export function isEvaluatorTopology(value: Topology): value is EvaluatorTopology {
  return evaluatorTopology.options.some((option) => option.shape.graph.value === value.graph);
}

export type StepProblem = { readonly key: string; readonly message: string };

/** Why a step can't improve a response that is there, or null where it can. */
export function improvementProblem(step: StepTopology): StepProblem | null {
  if (step.graph === "coevol" && step.mode !== "iterate") {
    return {
      key: "mode",
      message: `${step.mode} takes its rewrite on no judge's word; a chain needs iterate`,
    };
  }
  if (step.graph === "single" && step.evaluator === undefined) {
    return {
      key: "evaluator",
      message: "is missing; these answers challenge the response of the step before",
    };
  }
  if (step.graph === "feedback-loop" && step.iterations === 1) {
    return {
      key: "iterations",
      message: "expected 2 or more (got 1); the response of the step before is the first of them",
    };
  }
  return null;
}
