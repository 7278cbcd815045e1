import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createGate } from "../../models/gate/gate.ts";
import { promptDirectory } from "../../prompts/load-prompt.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { question } from "../../tests/graphs-on-gate.ts";
import { createRecordingGate } from "../../tests/recording-gate.ts";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { review, scores } from "../../tests/written-answers.ts";
import { buildEvolution } from "./build-evolution.ts";
import { buildGenerator } from "./build-generator.ts";
import { needsAnswers, problemFor } from "../kinds/kinds.ts";
import { countJudges } from "../count-judges.ts";
import { limitsOf, withoutLimits } from "../limits-of.ts";
import { loadTopology, type TopologyChanges } from "../load/load-topology.ts";
import { listAgents } from "../load/list-agents.ts";
import type { ChainTopology } from "../kinds/chain.ts";

const judge = "graph: judge\nagents: { judge: { model: sim:judge } }\n";
const loop = `graph: feedback-loop
agents: { generator: { model: sim:generator }, reviewers: [{ name: kind, model: sim:kind }] }
evaluator: { file: judge.yaml }
`;
const coevol = `graph: coevol
agents:
  positive: { model: sim:p }
  critical: { model: sim:c }
  advisor: { model: sim:a }
  editor: { model: sim:e }
  judge: { model: sim:j }
`;
const debated = `graph: feedback-loop
agents:
  generator: { model: sim:g }
  reviewers:
    - model: sim:r
    - graph: debate
      name: critics
      agents: { positive: { model: sim:p }, critical: { model: sim:c }, advisor: { model: sim:a, name: wise } }
evaluator: { file: judge.yaml }
`;
const files = {
  "judge.yaml": judge,
  "loop.yaml": loop,
  "coevol.yaml": coevol,
  "debated.yaml": debated,
};
const chain = (...names: string[]) =>
  `graph: chain\nsteps:\n${names.map((name) => `  - file: ${name}.yaml\n`).join("")}`;

const eight = (name: string) => chain(...Array.from({ length: 8 }, () => name));

function load(text: string, changes: TopologyChanges = {}, others: Record<string, string> = {}) {
  const directory = temporaryDirectory({ "a.yaml": text, ...files, ...others });
  return loadTopology(join(directory, "a.yaml"), changes);
}

const loadChain = (...given: Parameters<typeof load>) => load(...given) as ChainTopology;
const names = (...given: Parameters<typeof load>) =>
  listAgents(load(...given)).map(({ name }) => name);
const modelsByName = (...given: Parameters<typeof load>) =>
  Object.fromEntries(listAgents(load(...given)).map(({ name, model }) => [name, model]));

function refusal(...given: Parameters<typeof load>): string {
  try {
    load(...given);
  } catch (error) {
    if (!isFellowshipError(error) || error.code !== "bad_usage") throw error;
    return error.message.replaceAll(/\/\S*fellowship-\w+\//g, "");
  }
  throw new Error("was not refused");
}

describe("a chain in a topology file", () => {
  it("takes its steps inline or from files, with the defaults of each", () => {
    const text = `${chain("loop")}  - graph: single\n    agents: { generator: { model: sim:x } }\n    evaluator: { file: judge.yaml }\n`;
    expect(load(text)).toMatchObject({
      graph: "chain",
      pairs: "comparisons",
      conversation: { window: 2 },
      steps: [
        { graph: "feedback-loop", iterations: 3, evaluator: { graph: "judge" } },
        { graph: "single", samples: 1, evaluator: { graph: "judge" } },
      ],
    });
  });

  it("puts the step before the names of its agents, from the second on", () => {
    expect(names(chain("loop", "coevol", "loop"))).toEqual([
      "generator",
      "kind",
      "judge",
      "step-2.positive",
      "step-2.critical",
      "step-2.advisor",
      "step-2.editor",
      "step-2.judge",
      "step-3.generator",
      "step-3.kind",
      "step-3.judge",
    ]);
  });

  it("keeps a debater's persona where the step stands before its name", () => {
    const debate = "graph: debate\nagents: { debaters: [{ name: critic, model: sim:d }] }\n";
    const judged = loop.replace("judge.yaml", "debate.yaml");
    const others = { "debate.yaml": debate, "judged.yaml": judged };
    const { steps } = loadChain(chain("judged", "judged"), {}, others);
    expect(steps.map((step) => "evaluator" in step && step.evaluator)).toMatchObject([
      { agents: { debaters: [{ name: "critic" }] } },
      { agents: { debaters: [{ name: "step-2.critic", prompt: "critic" }] } },
    ]);
  });

  it("gives a model to the agents of that name in all steps, or in one", () => {
    const models = [
      "sim:all",
      "judge=sim:judges",
      "step-1.generator=sim:one",
      "step-2.judge=sim:two",
    ];
    expect(modelsByName(chain("loop", "loop"), { models })).toEqual({
      generator: "sim:one",
      kind: "sim:all",
      judge: "sim:judges",
      "step-2.generator": "sim:all",
      "step-2.kind": "sim:all",
      "step-2.judge": "sim:two",
    });
    expect(refusal(chain("loop", "loop"), { models: ["step-3.judge=sim:x"] })).toBe(
      '--model step-3.judge=sim:x: no agent "step-3.judge" in the topology. It has: generator, kind, judge, step-2.generator, step-2.kind, step-2.judge.',
    );
  });

  it("has keys of its steps set, and whole steps", () => {
    const sets = ["steps.1.maxIterations=2", "steps.0.evaluator.scale=100"];
    expect(load(chain("loop", "coevol"), { sets })).toMatchObject({
      steps: [{ evaluator: { scale: 100 } }, { maxIterations: 2 }],
    });
    const whole = ["steps.1.file=loop.yaml", "steps.1.iterations=2"];
    expect(load(chain("loop", "coevol"), { sets: whole })).toMatchObject({
      steps: [{ graph: "feedback-loop" }, { graph: "feedback-loop", iterations: 2 }],
    });
  });

  it("counts the limits and the judges of all its steps", () => {
    const limited = `${loop}limits: { openai: { concurrency: 3 } }\n`;
    const topology = load(
      `${chain("loop", "limited")}limits: { google: { concurrency: 1 } }\n`,
      {},
      {
        "limited.yaml": limited,
      },
    );
    expect(limitsOf(topology)).toEqual({ openai: { concurrency: 3 }, google: { concurrency: 1 } });
    expect(JSON.stringify(withoutLimits(topology))).not.toContain("limits");
    expect(countJudges(load(chain("debated", "coevol")))).toBe(2);
  });

  it.each([
    [
      "a step that is no step",
      chain("loop", "judge"),
      'judge.yaml:1: steps.1.graph: expected one of single, feedback-loop, coevol; got "judge"',
    ],
    [
      "a chain in a chain",
      `graph: chain\nsteps:\n  - graph: chain\n    steps: []\n`,
      'a.yaml:3: steps.0.graph: expected one of single, feedback-loop, coevol; got "chain"',
    ],
    ["no steps", "graph: chain\nsteps: []\n", "a.yaml:2: steps: expected at least 1 in the list"],
    ["no list of steps", "graph: chain\nsteps: 3\n", "a.yaml:2: steps: expected a list"],
    [
      "too many steps",
      chain(...Array.from({ length: 9 }, () => "nowhere")),
      "a.yaml:2: steps: expected at most 8 (got 9).",
    ],
    [
      "a step's mistake, in its own file",
      chain("loop", "odd"),
      'odd.yaml:4: steps.1.iteration: unknown key "iteration"',
    ],
    [
      "one pass without a judge",
      `${chain("loop")}  - graph: coevol\n    mode: edit\n    agents: { editor: { model: sim:e } }\n`,
      "a.yaml:5: steps.1.mode: edit takes its rewrite on no judge's word; a chain needs iterate",
    ],
    [
      "samples without a comparison",
      `${chain("loop")}  - graph: single\n    agents: { generator: { model: sim:e } }\n`,
      "a.yaml:4: steps.1.evaluator: is missing; these answers challenge the response of the step before",
    ],
    [
      "a later loop of one response",
      chain("loop", "once"),
      "once.yaml:4: steps.1.iterations: expected 2 or more (got 1)",
    ],
    [
      "a step that names the chain",
      chain("loop", "a"),
      "a.yaml:4: a.yaml includes itself (a.yaml -> a.yaml).",
    ],
    [
      "an evaluator that leads back",
      chain("round"),
      "(a.yaml -> round.yaml -> back.yaml -> a.yaml)",
    ],
    [
      "other keys beside a file",
      "graph: chain\nsteps:\n  - file: loop.yaml\n    iterations: 2\n",
      "a.yaml:3: steps.0: expected file: NAME with nothing beside it, or a topology inline.",
    ],
    [
      "a key of its own that there is none of",
      `${chain("loop")}iterations: 3\n`,
      'unknown key "iterations"; allowed: graph, pairs, conversation, limits, steps',
    ],
    [
      "one name for two agents of a step",
      chain("loop", "twins"),
      'the name "step-2.judge" occurs twice',
    ],
  ])("is refused with file, line and remedy: %s", (_, text, found) => {
    const others = {
      "odd.yaml": `${loop}iteration: 3\n`,
      "once.yaml": `${loop}iterations: 1\n`,
      "round.yaml": loop.replace("judge.yaml", "back.yaml"),
      "back.yaml": "evaluator: { file: a.yaml }\n",
      "twins.yaml": loop.replace("name: kind", "name: judge"),
    };
    expect(refusal(text, {}, others)).toContain(found);
  });

  it("can't begin with CoEvol where there is no answer yet, nor with one answer where there is one", () => {
    expect(problemFor("generate")(loadChain(chain("coevol", "loop")))).toMatchObject({
      key: "steps.0.graph",
    });
    expect(needsAnswers(load(chain("coevol", "loop")))).toBe(true);
    expect(problemFor("generate")(loadChain(chain("loop", "coevol")))).toBeNull();
    const single = "graph: single\nagents: { generator: { model: sim:g } }\n";
    const begun = loadChain(chain("single", "loop"), {}, { "single.yaml": single });
    expect(problemFor("evolve")(begun)).toMatchObject({ key: "steps.0.evaluator" });
    expect(problemFor("evolve")(loadChain(chain("loop")))).toBeNull();
  });

  it.each([
    ["that name eight files each", 8, eight("c")],
    ["as large as a file may be", 8, `${loop}#${" x".repeat(7_900)}\n`],
    [
      "full of keys",
      8,
      `${loop}limits:\n${Array.from({ length: 700 }, (_, key) => `  k${key}: { a: 1 }\n`).join("")}`,
    ],
  ])("is checked without reading files again and again, with files %s", (_, count, text) => {
    const others = {
      "b.yaml": text,
      "c.yaml": eight("d"),
      "d.yaml": eight("e"),
      "e.yaml": eight("f"),
      "f.yaml": loop,
    };
    try {
      load(chain(...Array.from({ length: count }, () => "b")), {}, others);
    } catch (error) {
      expect(isFellowshipError(error)).toBe(true);
    }
    // Files that multiply would take hours, and the test would come to its limit.
  });
});

describe("a chain that is built", () => {
  const context = { gate: createGate(), environment: {}, promptDirectory };

  it("names its agents as their calls will be, with a loop's members for their data", async () => {
    const { agents, members, prompts } = await buildGenerator(
      loadChain(chain("loop", "coevol")),
      context,
    );
    expect(agents.map(({ name }) => name)).toEqual(names(chain("loop", "coevol")));
    expect(members).not.toBeNull();
    expect(Object.keys(prompts)).toEqual(
      expect.arrayContaining(["generator", "reviewer", "editor"]),
    );
    const single = "graph: single\nagents: { generator: { model: sim:g } }\n";
    const other = loadChain(chain("single", "loop"), {}, { "single.yaml": single });
    expect((await buildGenerator(other, context)).members).toBeNull();
  });

  it("has a recursion limit that is enough for the longest steps", async () => {
    const longest = { "long.yaml": `${loop}iterations: 20\nbranch: true\n` };
    const gate = createRecordingGate(({ expects, address: { turn } }) =>
      expects.kind === "scores"
        ? scores(5, 6)
        : expects.kind === "review"
          ? review("More.")
          : `text ${turn}`,
    );
    const topology = loadChain(chain("long", "long"), {}, longest);
    const { graph, recursionLimit } = await buildGenerator(topology, { ...context, gate });
    const input = { row: { number: 1, id: "1" }, prompt: [...question] };
    const { responses } = await graph.invoke(input, { recursionLimit });
    expect(responses).toHaveLength(20 + 19);
  });

  it("improves answers, the first step too", async () => {
    const built = await buildEvolution(loadChain(chain("coevol", "loop")), context);
    expect(built.agents.map(({ name }) => name)).toContain("step-2.generator");
    expect(built.recursionLimit).toBeGreaterThan(100);
  });
});

describe("a debate among the reviewers of a topology file", () => {
  it("gives its members its name, unless they have one of their own", () => {
    expect(names(debated)).toEqual([
      "generator",
      "reviewer-1",
      "critics.positive",
      "critics.critical",
      "wise",
      "judge",
    ]);
    expect(names(chain("debated", "debated"))).toContain("step-2.critics.positive");
    expect(names(chain("debated", "debated"))).toContain("step-2.wise");
    expect(names(debated.replace("      name: critics\n", ""))).toContain("reviewer-2.positive");
  });

  it("has its models given by role, by its name and role, or all by its name", () => {
    const models = [
      "critics=sim:all",
      "positive=sim:one",
      "critics.critical=sim:two",
      "wise=sim:three",
    ];
    expect(modelsByName(debated, { models })).toMatchObject({
      "reviewer-1": "sim:r",
      "critics.positive": "sim:one",
      "critics.critical": "sim:two",
      wise: "sim:three",
    });
    const changes = { sets: ["agents.reviewers.1.agents.advisor.temperature=0.5"] };
    expect(load(debated, changes)).toMatchObject({
      agents: { reviewers: [{}, { agents: { advisor: { temperature: 0.5 } } }] },
    });
  });

  it.each([
    [
      "an unknown key of an agent",
      "model: sim:r",
      "modle: sim:r",
      'agents.reviewers.0.modle: unknown key "modle"; allowed: model',
    ],
    ["an agent that is none", "model: sim:r", "name: someone", "agents.reviewers.0.model"],
    [
      "an unknown provider",
      "model: sim:r",
      "model: nope:r",
      'a.yaml:5: agents.reviewers.0.model: Model "nope:r"',
    ],
    [
      "another graph",
      "graph: debate",
      "graph: jury",
      'a.yaml:6: agents.reviewers.1.graph: expected debate, the only graph that a reviewer may be (without graph: an agent); got "jury"',
    ],
    [
      "a missing member",
      "critical: { model: sim:c }, ",
      "",
      "agents.reviewers.1.agents.critical: is missing",
    ],
    [
      "an unknown member",
      "critical:",
      "critic:",
      'agents.reviewers.1.agents.critic: unknown key "critic"; allowed: positive, critical, advisor',
    ],
    [
      "a key of the agents'",
      "name: critics",
      "model: sim:x",
      'agents.reviewers.1.model: unknown key "model"; allowed: graph, name, agents',
    ],
    ["a name that occurs twice", "name: wise", "name: judge", 'the name "judge" occurs twice'],
    [
      "the name of another reviewer",
      "name: critics",
      "name: reviewer-1",
      'the name "reviewer-1" occurs twice',
    ],
  ])("is refused with %s", (_, from, to, found) => {
    expect(refusal(debated.replace(from, to))).toContain(found);
  });
});
