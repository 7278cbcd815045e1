import * as z from "zod";
import { coevolStep } from "../../graphs/chain-step.ts";
import { createCoevol } from "../../graphs/coevol.ts";
import { createCoevolJudge } from "../../graphs/coevol-judge.ts";
import type { Evaluator } from "../../graphs/parts/evaluator.ts";
import { createOnePass } from "../../graphs/one-pass.ts";
import { evaluatorSchemas } from "../../state/evaluation/evaluator-state.ts";
import { evolutionSchemas } from "../../state/generation/evolution-state.ts";
import { agent, limits, section } from "../schema/agent-schema.ts";
import { conversation, graphName, participants } from "../schema/shared-keys.ts";
import type { Builder } from "../session/builder.ts";
import { call, repeated, step, type ForecastStep } from "../session/forecast-calls.ts";
import { advisor, debater, editor, ownJudge } from "./coevol-members.ts";
import { evaluatorKind, evaluatorTopology } from "./evaluators.ts";
import { evaluatorInside } from "./generator-parts.ts";
import type { EvolutionKind, StepKind } from "./kind.ts";
import { fullView } from "../../nodes/advisor.ts";

/** The agents that each mode needs besides the editor; agents without a part in it are left out. */
const needs = {
  iterate: ["positive", "critical", "advisor"],
  edit: [],
  "advise-edit-blind": ["advisor"],
  "advise-edit": ["advisor"],
  "debate-advise-edit": ["positive", "critical", "advisor"],
} as const;
type Mode = keyof typeof needs;
const modes = Object.keys(needs) as [Mode, ...Mode[]];

/** The same for editors, which can't run the check. */
const rulesOfModes = [
  ...Object.entries(needs).map(([mode, required]) =>
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

const schema = section({
  graph: graphName("coevol"),
  mode: z
    .enum(modes)
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
    for (const role of needs[mode]) {
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
    allOf: rulesOfModes,
  });
export type CoevolTopology = z.infer<typeof schema>;

/** Debaters, an advisor, an editor and a judge; see `createCoevol` and `createOnePass`. */
export const coevol = {
  graph: "coevol",
  schema,
  judges: ({ agents, evaluator }) => {
    if (evaluator !== undefined) return evaluatorKind(evaluator).judges(evaluator);
    return agents.judge === undefined ? 0 : 1;
  },
  studioSettings: () => ["maxIterations", "verdict", "reasks"],
  evolve: {
    editor: editorName,
    forecast,
    recursionLimit: (topology) => (topology.mode === "iterate" ? recursionLimit(topology) : 12),
    build: async (builder) => {
      const { mode } = builder.topology;
      const evolution =
        mode === "iterate" ? await iteratingGraph(builder) : await onePassGraph(builder, mode);
      return { evolution, method: evolution };
    },
  },
  step: {
    problem: ({ mode }) =>
      mode === "iterate"
        ? null
        : {
            key: "mode",
            message: `${mode} takes its rewrite on no judge's word; a chain needs iterate`,
          },
    writer: editorName,
    forecast,
    recursionLimit,
    build: async (builder, of) =>
      coevolStep(builder.topology.graph, await iteratingGraph(builder), of),
  },
} satisfies EvolutionKind<CoevolTopology> & StepKind<CoevolTopology>;

function editorName({ agents }: CoevolTopology): string {
  return agents.editor.name ?? "editor";
}

function recursionLimit({ maxIterations, evaluator }: CoevolTopology): number {
  const judging =
    evaluator === undefined ? 8 : evaluatorKind(evaluator).evaluate.recursionLimit(evaluator);
  return 8 + 7 * maxIterations + judging;
}

async function iteratingGraph(builder: Builder<CoevolTopology>) {
  return createCoevol({
    ...(await debatingParts(builder)),
    ...(await editorPart(builder)),
    judge: await judgeGraph(builder),
    maxIterations: builder.setting(({ maxIterations }) => maxIterations),
    schemas: builder.schemas(evolutionSchemas),
  });
}

async function onePassGraph(builder: Builder<CoevolTopology>, mode: Exclude<Mode, "iterate">) {
  const schemas = builder.schemas(evolutionSchemas);
  if (mode === "edit") return createOnePass({ mode, ...(await editorPart(builder)), schemas });
  if (mode === "debate-advise-edit") {
    const debating = await debatingParts(builder);
    return createOnePass({ mode, ...debating, ...(await editorPart(builder)), schemas });
  }
  const sees = mode === "advise-edit" ? "response" : "request";
  const part = await builder.part(({ agents }, session) => advisor(sees, agents.advisor, session));
  const advising = { advisor: part.node((node) => node) };
  return createOnePass({ mode, ...advising, ...(await editorPart(builder)), schemas });
}

/** The debaters, and the advisor who sees their debate. */
async function debatingParts(builder: Builder<CoevolTopology>) {
  const side = async (name: "positive" | "critical") => {
    const part = await builder.part(({ agents }, session) => debater(name, agents[name], session));
    return {
      position: part.node(({ position }) => position),
      crossReview: part.node(({ crossReview }) => crossReview),
    };
  };
  const positive = await side("positive");
  const critical = await side("critical");
  const part = await builder.part(({ agents }, session) =>
    advisor(fullView, agents.advisor, session),
  );
  return { positive, critical, advisor: part.node((node) => node) };
}

async function editorPart(builder: Builder<CoevolTopology>) {
  const part = await builder.part(({ agents }, session) => editor(agents.editor, session));
  return { editor: part.node((node) => node) };
}

async function judgeGraph(builder: Builder<CoevolTopology>): Promise<Evaluator> {
  const { agents, evaluator } = builder.topology;
  if (evaluator !== undefined) return evaluatorInside(builder);
  const inside = builder.evaluator((topology) => topology);
  const part = await inside.part((topology, session) =>
    ownJudge(topology.agents.judge, topology, session),
  );
  return createCoevolJudge({
    judge: { name: agents.judge?.name ?? "judge", node: part.node(({ node }) => node) },
    schemas: inside.schemas(evaluatorSchemas),
  });
}

/** The calls that improving one answer makes: all iterations, every rewrite accepted. */
function forecast({ mode, agents, maxIterations, evaluator }: CoevolTopology): ForecastStep[] {
  const { positive, critical, advisor, editor, judge } = agents;
  const needed: readonly string[] = needs[mode];
  const debaters = [positive, critical].filter(
    (one) => one !== undefined && needed.includes("positive"),
  );
  const debate = [0, 2].map((remarks) =>
    step(debaters.flatMap((one) => (one === undefined ? [] : [call("debater", one, 1, remarks)]))),
  );
  const seen = mode === "advise-edit-blind" ? 0 : 1;
  const advice =
    advisor === undefined || !needed.includes("advisor")
      ? []
      : [step([call("advisor", advisor, seen, 2 * debaters.length)])];
  const pass = [
    ...(debaters.length === 0 ? [] : debate),
    ...advice,
    step([call("editor", editor, 1, advice.length)]),
  ];
  if (mode !== "iterate") return pass;
  const ownJudging = judge === undefined ? [] : [step([call("judge", judge, 2, 0, 2)])];
  const judging =
    evaluator === undefined ? ownJudging : evaluatorKind(evaluator).evaluate.forecast(evaluator);
  return repeated([...pass, ...judging], maxIterations);
}
