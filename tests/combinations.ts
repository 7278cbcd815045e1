/**
 * The evaluators and the generators of `docs/combinations.md`, as topologies of
 * simulated models.
 */

const judged = (settings: object) => ({
  graph: "judge",
  ...settings,
  agents: { judge: { model: "sim:judge?noise=0.05" } },
});
const jurors = ["ash", "birch", "cedar"].map((name, index) => ({
  name,
  model: `sim:${name}?noise=0.05`,
  weight: index + 1,
}));
const jury = (settings: object) => ({ graph: "jury", ...settings, agents: { jurors } });

export const evaluators: Readonly<Record<string, object>> = {
  "judge, direct": judged({ strategy: "direct" }),
  "judge, independent": judged({ strategy: "independent" }),
  "judge, combined": judged({ strategy: "combined" }),
  "judge, both orders": judged({ orders: "both" }),
  "jury, plurality": jury({ aggregate: "plurality" }),
  "jury, mean": jury({ aggregate: "mean" }),
  "jury, weighted": jury({ aggregate: "weighted" }),
  "jury, calibrated": jury({ aggregate: "calibrated", orders: "both" }),
  checks: {
    graph: "checks",
    checks: [
      ...[20, 40, 60, 80, 100].map((wordsAtMost) => ({ wordsAtMost })),
      { wordsAtLeast: 10, weight: 10 },
    ],
  },
  debate: {
    graph: "debate",
    rounds: 1,
    agents: {
      debaters: ["critic", "psychologist"].map((name) => ({ name, model: `sim:${name}` })),
    },
  },
  "cascade, judge then jury": {
    graph: "cascade",
    steps: [judged({}), { ...jury({ aggregate: "mean", orders: "both" }), marginAtMost: 2 }],
  },
};

type Evaluator = (typeof evaluators)[string];

const generator = { model: "sim:oak?skill=0.5" };
const reviewer = { name: "reviewer", model: "sim:elm?skill=0.7" };
const members = {
  positive: { model: "sim:fir" },
  critical: { model: "sim:pine" },
  advisor: { model: "sim:yew?advice=0.7" },
};
const critics = { name: "critics", graph: "debate", agents: members };

function loop(evaluator: Evaluator, reviewers: readonly object[], settings: object = {}) {
  const agents = { generator, reviewers };
  return { graph: "feedback-loop", iterations: 3, ...settings, agents, evaluator };
}

function samples(evaluator: Evaluator, count: number) {
  return { graph: "single", samples: count, agents: { generator }, evaluator };
}

function coevol(evaluator: Evaluator, maxIterations: number) {
  const agents = { ...members, editor: { model: "sim:lime" } };
  return { graph: "coevol", maxIterations, agents, evaluator };
}

function pool(evaluator: Evaluator) {
  const generators = [
    { name: "oak", model: "sim:oak?skill=0.7" },
    { name: "elm", model: "sim:elm?skill=0.4", samples: 2 },
  ];
  return { graph: "pool", agents: { generators }, evaluator };
}

/** How a generator topology is run, and what it is with an evaluator. */
export type Combined = {
  readonly command: "generate" | "evolve";
  readonly topology: (evaluator: Evaluator) => object;
};

export const generators: Readonly<Record<string, Combined>> = {
  "single, 3 samples": { command: "generate", topology: (one) => samples(one, 3) },
  "pool, 3 responses": { command: "generate", topology: pool },
  "feedback loop": { command: "generate", topology: (one) => loop(one, [reviewer]) },
  "branching loop": {
    command: "generate",
    topology: (one) =>
      loop(one, [reviewer, { ...reviewer, name: "another" }], { iterations: 2, branch: true }),
  },
  "loop with a debate": {
    command: "generate",
    topology: (one) => loop(one, [critics], { iterations: 2 }),
  },
  "chain: loop, CoEvol": {
    command: "generate",
    topology: (one) => ({
      graph: "chain",
      steps: [loop(one, [reviewer], { iterations: 2 }), coevol(one, 1)],
    }),
  },
  "chain: single, CoEvol, loop": {
    command: "generate",
    topology: (one) => ({
      graph: "chain",
      steps: [samples(one, 2), coevol(one, 1), loop(one, [reviewer], { iterations: 2 })],
    }),
  },
  "CoEvol (evolve)": { command: "evolve", topology: (one) => coevol(one, 2) },
  "chain: CoEvol, loop (evolve)": {
    command: "evolve",
    topology: (one) => ({
      graph: "chain",
      steps: [coevol(one, 1), loop(one, [reviewer], { iterations: 2 })],
    }),
  },
};
