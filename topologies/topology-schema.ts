import * as z from "zod";
import { isProviderName, parseModelSpec } from "../models/model-spec.ts";

/** A strict object whose complaint about an unknown key names the keys there are. */
function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `unknown key ${issue.keys.map((key) => `"${key}"`).join(", ")}; allowed: ${Object.keys(shape).join(", ")}`
        : undefined,
  });
}

function refuseUnknownProvider(spec: string, context: z.RefinementCtx): void {
  try {
    parseModelSpec(spec);
  } catch (error) {
    context.addIssue((error as Error).message);
  }
}

/** What providers allow, by model spec, or by provider for all its models together. */
const limits = z
  .record(
    z.string().superRefine((name, context) => {
      if (!isProviderName(name)) refuseUnknownProvider(name, context);
    }),
    section({
      requestsPerMinute: z.number().positive().optional(),
      /** Of requests and answers together. */
      tokensPerMinute: z.number().positive().optional(),
      /** Requests side by side. */
      concurrency: z.int().positive().optional(),
    }),
  )
  .optional();

const agentName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "expected letters, digits and . _ - in a name");

const agentShape = {
  /** `provider:model` (contract section 2). */
  model: z.string().superRefine(refuseUnknownProvider),
  temperature: z.number().min(0).max(2).optional(),
  /** The longest answer, in tokens. */
  maxTokens: z.int().positive().optional(),
  /** The longest one request may take, in milliseconds. */
  timeoutMs: z.int().positive().optional(),
  /** False for servers whose template has no system role: its text goes into the first user message. */
  systemRole: z.boolean().optional(),
  /** A file in `prompts/` in place of the role's own. */
  prompt: z.string().optional(),
  name: agentName.optional(),
};
const agent = section(agentShape);
const juror = section({
  ...agentShape,
  /** How much the vote counts under `aggregate: weighted`; 1 where not given. */
  weight: z.number().positive().optional(),
});
export type AgentTopology = z.infer<typeof agent>;

const strategy = z.enum(["direct", "independent", "combined"]).default("combined");
const scale = z.literal([5, 10, 100]).default(10);
const reading = {
  onUnparsed: z.enum(["tie", "fail"]).default("tie"),
  reasks: z.int().min(0).max(10).default(1),
};

export const judgeTopology = section({
  graph: z.literal("judge"),
  strategy,
  scale,
  orders: z.enum(["ab", "both"]).default("ab"),
  ...reading,
  limits,
  agents: section({ judge: agent }),
});
export type JudgeTopology = z.infer<typeof judgeTopology>;

export const juryTopology = section({
  graph: z.literal("jury"),
  strategy,
  scale,
  orders: z.enum(["ab", "both"]).default("ab"),
  ...reading,
  aggregate: z.enum(["plurality", "mean", "weighted"]).default("plurality"),
  limits,
  agents: section({ jurors: z.array(juror).min(1) }),
}).refine(({ strategy, aggregate }) => strategy !== "direct" || aggregate !== "mean", {
  path: ["aggregate"],
  error: "mean needs scores and strategy: direct gives none; allowed with it: plurality, weighted",
});
export type JuryTopology = z.infer<typeof juryTopology>;

export const debateTopology = section({
  graph: z.literal("debate"),
  rounds: z.int().min(1).max(20).default(2),
  scale,
  ...reading,
  aggregate: z.enum(["mean", "plurality"]).default("mean"),
  limits,
  agents: section({ debaters: z.array(agent).min(1) }),
});
export type DebateTopology = z.infer<typeof debateTopology>;

export const evaluatorTopology = z.discriminatedUnion("graph", [
  judgeTopology,
  juryTopology,
  debateTopology,
]);
export type EvaluatorTopology = z.infer<typeof evaluatorTopology>;

const pairs = z.enum(["comparisons", "best-first"]).default("comparisons");

export const feedbackLoopTopology = section({
  graph: z.literal("feedback-loop"),
  iterations: z.int().min(1).max(20).default(3),
  stop: section({ score: z.number().min(0).max(10) }).optional(),
  branch: z.boolean().default(false),
  pairs,
  limits,
  agents: section({ generator: agent, reviewers: z.array(agent).min(1) }),
  evaluator: evaluatorTopology,
});
export type FeedbackLoopTopology = z.infer<typeof feedbackLoopTopology>;

export const singleTopology = section({
  graph: z.literal("single"),
  samples: z.int().min(1).max(64).default(1),
  pairs,
  limits,
  agents: section({ generator: agent }),
  evaluator: evaluatorTopology.optional(),
}).refine(({ samples, evaluator }) => samples === 1 || evaluator !== undefined, {
  path: ["samples"],
  error: "more than one needs an evaluator, to choose the best of them",
});
export type SingleTopology = z.infer<typeof singleTopology>;

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

export const coevolTopology = section({
  graph: z.literal("coevol"),
  mode: z.enum(coevolModes).default("iterate"),
  maxIterations: z.int().min(1).max(20).default(3),
  verdict: z.enum(["compare", "score"]).default("compare"),
  reasks: z.int().min(0).max(10).default(0),
  /** Multi-turn data. */
  conversation: section({
    /** Earlier exchanges shown with an answer. */
    window: z.int().min(0).default(2),
    /** Answers improved at most; null: until the conversation holds `maxTokens` tokens. */
    maxTurns: z.int().min(1).nullable().default(null),
    maxTokens: z.int().min(1).default(2048),
  }).prefault({}),
  limits,
  agents: section({
    positive: agent.optional(),
    critical: agent.optional(),
    advisor: agent.optional(),
    editor: agent,
    judge: agent.optional(),
  }),
  evaluator: evaluatorTopology.optional(),
}).superRefine(({ mode, agents, evaluator }, context) => {
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
});
export type CoevolTopology = z.infer<typeof coevolTopology>;

export const topology = z.discriminatedUnion("graph", [
  judgeTopology,
  juryTopology,
  debateTopology,
  singleTopology,
  feedbackLoopTopology,
  coevolTopology,
]);
export type Topology = z.infer<typeof topology>;
export type GeneratorTopology = SingleTopology | FeedbackLoopTopology;

/** True for the topologies that take a prompt and leave responses. */
export function isGeneratorTopology(value: Topology): value is GeneratorTopology {
  return value.graph === "single" || value.graph === "feedback-loop";
}

/** True for the topologies that take a pair and leave a verdict. */
export function isEvaluatorTopology(value: Topology): value is EvaluatorTopology {
  return evaluatorTopology.options.some((option) => option.shape.graph.value === value.graph);
}
