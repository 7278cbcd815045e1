import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { loadTopology, type TopologyChanges } from "./load-topology.ts";

const judge = `graph: judge
strategy: combined
scale: 10
agents:
  judge: { model: "sim:judge" }
`;

const loop = `graph: feedback-loop
iterations: 3
stop: { score: 9.5 }
agents:
  generator: { model: "sim:generator" }
  reviewers:
    - { name: kind, model: "sim:kind" }
    - model: "sim:strict"
evaluator:
  file: judge.yaml
`;

/** Loads `a.yaml` from a directory that also holds the others. */
function load(text: string, changes: TopologyChanges = {}, others: Record<string, string> = {}) {
  const directory = temporaryDirectory({ "a.yaml": text, "judge.yaml": judge, ...others });
  return loadTopology(join(directory, "a.yaml"), changes);
}

/** The message with which a topology is refused, with the directory left out. */
function refusal(...[text, changes, others]: Parameters<typeof load>): string {
  try {
    load(text, changes, others);
  } catch (error) {
    if (isFellowshipError(error) && error.code === "bad_usage") {
      return error.message.replaceAll(/\/\S*fellowship-\w+\//g, "");
    }
    throw error;
  }
  throw new Error("was not refused");
}

describe("a topology file", () => {
  it("is read with its defaults, and every agent has a name", () => {
    expect(load('graph: judge\nagents: { judge: { model: "sim:judge" } }')).toEqual({
      graph: "judge",
      strategy: "combined",
      scale: 10,
      orders: "ab",
      onFlip: "tie",
      onUnparsed: "tie",
      reasks: 1,
      reading: "strict",
      criteria: [],
      reference: "reference",
      agents: { judge: { name: "judge", model: "sim:judge" } },
    });
  });

  it("names jurors, debaters and reviewers by number where it gives no names", () => {
    const text = "graph: jury\nagents: { jurors: [{ model: sim:x }, { name: y, model: sim:y }] }";
    expect(load(text)).toMatchObject({ agents: { jurors: [{ name: "juror-1" }, { name: "y" }] } });
    expect(load(loop)).toMatchObject({
      agents: {
        generator: { name: "generator" },
        reviewers: [{ name: "kind" }, { name: "reviewer-2" }],
      },
      evaluator: { agents: { judge: { name: "judge" } } },
    });
  });

  it("may begin with a byte order mark and end its lines as Windows does", () => {
    expect(load(`\uFEFF${judge.replaceAll("\n", "\r\n")}`)).toEqual(load(judge));
  });
});

describe("a mistake in a topology file", () => {
  const withIn = (from: string, to: string) => judge.replace(from, to);

  it.each([
    [
      "an unknown graph",
      withIn("judge\n", "juge\n"),
      "a.yaml:1: graph: expected one of judge, jury, debate, checks, cascade",
    ],
    ["no graph", "agents: {}\n", "a.yaml: graph: expected one of judge"],
    [
      "a wrong choice",
      withIn("combined", "both"),
      'a.yaml:2: strategy: expected one of direct, independent, combined; got "both"',
    ],
    ["a wrong scale", withIn("10", "7"), "a.yaml:3: scale: expected one of 5, 10, 100; got 7"],
    [
      "an unknown key",
      withIn("scale: 10", "scales: 10"),
      'a.yaml:3: scales: unknown key "scales"; allowed: graph, strategy, scale, orders, onUnparsed, reasks, reading, criteria, reference, examples, guidelines, onFlip, limits, agents. Did you mean "scale"?',
    ],
    [
      "an unknown key of agents",
      withIn("judge: {", "jugde: {"),
      'a.yaml:5: agents.jugde: unknown key "jugde"; allowed: judge',
    ],
    [
      "an unknown key of an agent",
      withIn("{ model", "{ temprature: 0, model"),
      'a.yaml:5: agents.judge.temprature: unknown key "temprature"; allowed: model, temperature, maxTokens',
    ],
    ["a missing agent", "graph: judge\nagents: {}\n", "a.yaml:2: agents.judge: is missing"],
    [
      "another graph as reviewer",
      loop.replace("- model: ", "- graph: jury\n      model: "),
      'a.yaml:8: agents.reviewers.1.graph: expected debate, the only graph that a reviewer may be (without graph: an agent); got "jury"',
    ],
    [
      "a limit of an unknown provider",
      `${judge}limits: { foo: { concurrency: 1 } }`,
      'a.yaml:6: limits.foo: Model "foo": unknown provider "foo". Expected provider:model with one of openai, google',
    ],
    [
      "an evaluator that is a name alone",
      loop.replace("\n  file: judge.yaml", " judge.yaml"),
      'a.yaml:9: evaluator: expected file: NAME, or a topology inline with graph: judge, jury, debate, checks, cascade; got "judge.yaml"',
    ],
    [
      "an evaluator that is empty",
      loop.replace("\n  file: judge.yaml", ""),
      "a.yaml:9: evaluator: expected file: NAME, or a topology inline with graph: judge, jury, debate, checks, cascade; got null",
    ],
    [
      "a step that is a name alone",
      "graph: chain\nsteps: [single.yaml]",
      "a.yaml:2: steps.0: expected file: NAME, or a topology inline with graph: single, feedback-loop, coevol; got",
    ],
    ["missing agents", "graph: judge\n", "a.yaml: agents: is missing"],
    [
      "a key that stands for a missing one",
      "graph: judge\nagent: { judge: { model: sim:x } }",
      'a.yaml:2: agent: unknown key "agent"; allowed: graph',
    ],
    [
      "a missing model",
      withIn('model: "sim:judge"', "temperature: 0"),
      "a.yaml:5: agents.judge.model: is missing",
    ],
    [
      "a wrong type",
      withIn("scale: 10", "reasks: often"),
      'a.yaml:3: reasks: expected a number, got the text "often"',
    ],
    [
      "an agent that is a text",
      withIn('{ model: "sim:judge" }', "sim:judge"),
      "a.yaml:5: agents.judge: expected keys with values, got the text",
    ],
    [
      "an unknown provider",
      withIn("sim:judge", "opnai:gpt-4o"),
      'a.yaml:5: agents.judge.model: Model "opnai:gpt-4o": unknown provider "opnai". Expected provider:model with one of openai, google',
    ],
    ["a model without a provider", withIn("sim:judge", "gpt-4o"), 'unknown provider "gpt-4o"'],
    ["a provider without a model", withIn("sim:judge", "openai:"), "no model after the provider"],
    [
      "a temperature out of range",
      withIn("{ model", "{ temperature: 3, model"),
      "a.yaml:5: agents.judge.temperature: expected at most 2; got 3",
    ],
    [
      "a name with a blank in it",
      withIn("{ model", "{ name: the judge, model"),
      "a.yaml:5: agents.judge.name: expected letters, digits",
    ],
    [
      "no jurors",
      "graph: jury\nagents: { jurors: [] }",
      "a.yaml:2: agents.jurors: expected at least 1 in the list; got []",
    ],
    [
      "a mean of choices",
      "graph: jury\nstrategy: direct\naggregate: mean\nagents: { jurors: [{ model: sim:x }] }",
      "a.yaml:3: aggregate: mean needs scores and strategy: direct gives none; allowed with it: plurality, weighted",
    ],
    [
      "samples without an evaluator",
      "graph: single\nsamples: 4\nagents: { generator: { model: sim:x } }",
      "a.yaml:2: samples: more than one needs an evaluator",
    ],
    [
      "no evaluator in a loop",
      loop.slice(0, loop.indexOf("evaluator")),
      "a.yaml: evaluator: is missing",
    ],
    [
      "an evaluator that generates",
      loop.replace("file: judge.yaml", "graph: single"),
      'a.yaml:10: evaluator.graph: expected one of judge, jury, debate, checks, cascade; got "single"',
    ],
    [
      "a text that is no topology",
      "just words",
      'a.yaml: expected a topology (graph: …), got "just words".',
    ],
    [
      "a list",
      "- graph: judge",
      'a.yaml: expected a topology (graph: …), got [{"graph":"judge"}].',
    ],
    ["an empty file", "", "a.yaml: expected a topology (graph: …), got an empty file."],
    [
      "a bracket that is never closed",
      withIn('judge" }', 'judge"').concat("reasks: 1\n"),
      "a.yaml:5: no valid YAML: the bracket that opens here is never closed.",
    ],
    [
      "a value that needs quotes",
      withIn('"sim:judge"', "sim: judge"),
      "a.yaml:5: no valid YAML: Block collections are not allowed within flow collections. Put quotes around",
    ],
    ["broken YAML", "graph: judge\nagents: [", "a.yaml:2: no valid YAML"],
    ["a key twice", `${judge}scale: 5\n`, "a.yaml:6: scale occurs twice (first in line 3)."],
    ["a merge key", `x: &x { scale: 5 }\n<<: *x\n${judge}`, 'a.yaml:2: <<: unknown key "<<"'],
    [
      "a prototype",
      withIn("{ model", "{ __proto__: { temperature: 1 }, model"),
      'agents.judge.__proto__: unknown key "__proto__"',
    ],
    [
      "a file that is too large",
      `${judge}#${"x".repeat(20_000)}`,
      "bytes; a topology has at most 16384.",
    ],
  ])("is named with file, line and key: %s", (_, text, found) => {
    expect(refusal(text)).toContain(found);
  });

  it("takes weighted votes of choices, and samples with an evaluator", () => {
    const jury =
      "graph: jury\nstrategy: direct\naggregate: weighted\nagents: { jurors: [{ model: sim:x, weight: 2 }] }";
    expect(load(jury)).toMatchObject({ aggregate: "weighted" });
    const single =
      "graph: single\nsamples: 4\nagents: { generator: { model: sim:x } }\nevaluator: { file: judge.yaml }";
    expect(load(single)).toMatchObject({ samples: 4, evaluator: { graph: "judge" } });
  });

  it("is a name that stands for two agents, with both places", () => {
    const jury =
      "graph: jury\nagents:\n  jurors:\n    - { name: x, model: sim:x }\n    - { name: x, model: sim:y }\n";
    expect(refusal(jury)).toBe(
      'a.yaml:5: agents.jurors.1: the name "x" occurs twice (also at agents.jurors.0); give each agent its own',
    );
    expect(refusal(loop.replace("name: kind", "name: judge"))).toBe(
      'judge.yaml:5: evaluator.agents.judge: the name "judge" occurs twice (also at agents.reviewers.0); give each agent its own',
    );
    expect(refusal(loop.replace("name: kind", "name: reviewer-2"))).toContain("occurs twice");
  });

  it("is a file that is not there, or is a directory", () => {
    const directory = temporaryDirectory();
    expect(() => loadTopology(join(directory, "none.yaml"))).toThrow(
      /no such file: .*none\.yaml\./,
    );
    expect(() => loadTopology(directory)).toThrow(/\(EISDIR\)/);
  });
});

describe("several mistakes", () => {
  it("are listed together, over several files and options, each with its place", () => {
    const text = `graph: feedback-loop
iteration: "3"
stopp: { score: 9 }
agents:
  reviewers:
    - { name: kind, model: gpt-4o, max_tokens: 5 }
evaluator: { file: judge.yaml }
`;
    const others = {
      "judge.yaml": judge.replace("combined", "combind").replace("scale: 10", 'scale: "10"'),
    };
    const changes = { models: ["genrator=sim:x", "sim"], sets: ["branch=maybe", "x"] };
    const found = refusal(text, changes, others).split("\n");
    expect(found.map((line) => line.trim().replace(/allowed: [^.]*/, "…"))).toEqual([
      "12 mistakes:",
      "--set x: expected KEY=VALUE, for example --set evaluator.scale=100.",
      '--model genrator=sim:x: no agent "genrator" in the topology. It has: kind, judge.',
      '--model sim: Model "sim": no model after the provider. Expected for example sim:NAME.',
      '--set branch=maybe: branch: expected true or false, got the text "maybe"',
      'a.yaml:2: iteration: unknown key "iteration"; …. Did you mean "iterations"?',
      'a.yaml:2: iteration: expected a number, got the text "3"; leave out the quotes',
      'a.yaml:3: stopp: unknown key "stopp"; …. Did you mean "stop"?',
      "a.yaml:4: agents.generator: is missing",
      expect.stringMatching(
        /^a\.yaml:6: agents\.reviewers\.0\.model: .*Did you mean openai:gpt-4o\?$/,
      ),
      'a.yaml:6: agents.reviewers.0.max_tokens: unknown key "max_tokens"; …. Did you mean "maxTokens"?',
      'judge.yaml:2: evaluator.strategy: expected one of direct, independent, combined; got "combind". Did you mean combined?',
      'judge.yaml:3: evaluator.scale: expected one of 5, 10, 100; got the text "10"; leave out the quotes',
    ]);
  });

  it("list all that is missing, but nothing that a misspelt key holds", () => {
    const text = "graph: jury\nagent: { juror: [{ model: sim:x }, {}] }\nweights: 1\n";
    expect(refusal(text).split("\n").slice(1)).toEqual([
      expect.stringMatching(/a\.yaml:2: agent: .*Did you mean "agents"\?$/),
      expect.stringMatching(/a\.yaml:2: agent\.juror: .*Did you mean "jurors"\?$/),
      "  a.yaml:2: agent.juror.1.model: is missing",
      expect.stringContaining('a.yaml:3: weights: unknown key "weights"'),
    ]);
  });

  it("below a misspelt graph or key are told as those of the one that was meant", () => {
    const text = "graph: feedback_loop\niteration: many\nagents: { generator: { model: sim:x } }";
    expect(refusal(text).split("\n").slice(1)).toEqual([
      "  a.yaml: evaluator: is missing",
      expect.stringContaining('got "feedback_loop". Did you mean "feedback-loop"?'),
      expect.stringContaining('a.yaml:2: iteration: unknown key "iteration"'),
      '  a.yaml:2: iteration: expected a number, got the text "many"',
      "  a.yaml:3: agents.reviewers: is missing",
    ]);
  });

  it("in a file that can't be read don't hide those of the file that names it", () => {
    const found = refusal(
      loop.replace("iterations: 3", "iterations: many"),
      {},
      { "judge.yaml": "[" },
    );
    expect(found).toMatch(
      /^2 mistakes:\n +judge\.yaml:1: no valid YAML.*\n +a\.yaml:2: iterations: /,
    );
  });
});

describe("how a judge's verdict is read", () => {
  it.each([
    ["letter", "combined", "letter needs strategy: direct"],
    ["letter", "independent", "letter needs strategy: direct"],
    ["brackets", "combined", "brackets hold one value"],
  ])("is refused where no %s can hold the verdict of strategy %s", (reading, strategy, message) => {
    const text = judge.replace("strategy: combined", `strategy: ${strategy}\nreading: ${reading}`);
    expect(refusal(text)).toContain(message);
  });

  it.each(["letter", "brackets", "json"])("may be %s under strategy direct", (reading) => {
    const text = judge.replace("strategy: combined", `strategy: direct\nreading: ${reading}`);
    expect(load(text)).toMatchObject({ reading });
  });
});

describe("a topology in another file", () => {
  it("is found from where the naming file stands, and takes its place", () => {
    expect(load(loop)).toMatchObject({ evaluator: { graph: "judge", scale: 10 } });
  });

  it("has its mistakes named by its own file and line", () => {
    const others = { "judge.yaml": judge.replace("combined", "both") };
    expect(refusal(loop, {}, others)).toContain(
      "judge.yaml:2: evaluator.strategy: expected one of direct",
    );
    const missing = { "judge.yaml": "strategy: direct\n" };
    expect(refusal(loop, {}, missing)).toMatch(
      /^judge\.yaml: evaluator\.graph: expected one of judge, jury, debate, checks, cascade; got nothing/,
    );
    expect(refusal(loop, {}, { "judge.yaml": "graph: judge\nagents: [" })).toContain(
      "judge.yaml:2: no valid YAML",
    );
  });

  it("must be there", () => {
    expect(refusal(loop.replace("judge.yaml", "juge.yaml"))).toBe(
      "a.yaml:10: no such file: juge.yaml (looked for next to the file that names it, in the working directory and in the package).",
    );
  });

  it("must be a regular file: a device or a pipe may have no end", () => {
    expect(refusal(loop.replace("judge.yaml", "/dev/zero"))).toBe(
      "a.yaml:10: /dev/zero is no regular file, as a topology has to be.",
    );
    expect(() => loadTopology("/dev/zero")).toThrow("/dev/zero is no regular file");
  });

  it("must not lead back to itself by a link", () => {
    const directory = temporaryDirectory({
      "a.yaml": loop.replace("judge.yaml", "again/a.yaml"),
    });
    symlinkSync(directory, join(directory, "again"));
    expect(() => loadTopology(join(directory, "a.yaml"))).toThrow("again/a.yaml includes itself");
  });

  it("must not lead back to itself", () => {
    const self = "graph: feedback-loop\nevaluator: { file: a.yaml }\n";
    expect(refusal(self)).toBe(
      "2 mistakes:\n  a.yaml:2: a.yaml includes itself (a.yaml -> a.yaml).\n  a.yaml: agents: is missing",
    );
    const others = {
      "b.yaml": "evaluator: { file: ./c.yaml }",
      "c.yaml": "evaluator: { file: ../x/../a.yaml }".replace("../x/../", "./"),
    };
    expect(refusal(loop.replace("judge.yaml", "b.yaml"), {}, others)).toContain(
      "(a.yaml -> b.yaml -> c.yaml -> a.yaml)",
    );
  });

  it("stands alone, without other keys beside it", () => {
    const text = loop.replace("file: judge.yaml", "file: judge.yaml\n  scale: 5");
    expect(refusal(text)).toBe(
      "a.yaml:10: evaluator: expected file: NAME with nothing beside it, or a topology inline.",
    );
    expect(refusal(loop.replace("judge.yaml", "[judge.yaml]"))).toContain("expected file: NAME");
  });
});

describe("--set", () => {
  const set = (...sets: string[]) => load(loop, { sets });

  it("gives a key another value, dotted, also in an included file and in a list", () => {
    expect(set("iterations=5")).toMatchObject({ iterations: 5 });
    expect(set("evaluator.scale=100")).toMatchObject({ evaluator: { scale: 100 } });
    expect(set("agents.reviewers.1.name=second")).toMatchObject({
      agents: { reviewers: [{ name: "kind" }, { name: "second" }] },
    });
    expect(set("agents.generator.temperature=0.7", "branch=true")).toMatchObject({
      branch: true,
      agents: { generator: { temperature: 0.7 } },
    });
  });

  it("adds a member behind the last of a list", () => {
    expect(set("agents.reviewers.2.model=sim:x")).toMatchObject({
      agents: { reviewers: [{ name: "kind" }, { name: "reviewer-2" }, { name: "reviewer-3" }] },
    });
  });

  it("takes the last of two values for one key", () => {
    expect(set("iterations=5", "iterations=2")).toMatchObject({ iterations: 2 });
  });

  it("sets a key in a section that the file leaves out", () => {
    const text = loop.replace("stop: { score: 9.5 }\n", "");
    expect(load(text, { sets: ["stop.score=8"] })).toMatchObject({ stop: { score: 8 } });
  });

  it("keeps a value with = in it whole", () => {
    expect(set("agents.generator.model=sim:x?skill=0.9&noise=0.1")).toMatchObject({
      agents: { generator: { model: "sim:x?skill=0.9&noise=0.1" } },
    });
  });

  it("puts another evaluator in its place, inline or from a file", () => {
    const inline = "evaluator={ graph: jury, agents: { jurors: [{ model: sim:x }] } }";
    expect(set(inline)).toMatchObject({ evaluator: { graph: "jury" } });
    expect(set(inline, "evaluator.scale=5")).toMatchObject({ evaluator: { scale: 5 } });
    const others = { "jury.yaml": "graph: jury\nagents: { jurors: [{ model: sim:x }] }" };
    for (const file of ["evaluator={ file: jury.yaml }", "evaluator.file=jury.yaml"]) {
      const changes = { sets: [file, "evaluator.scale=5"] };
      expect(load(loop, changes, others)).toMatchObject({ evaluator: { graph: "jury", scale: 5 } });
    }
    expect(refusal(loop, { sets: ["evaluator.file=none.yaml"] })).toBe(
      "--set evaluator.file=none.yaml: no such file: none.yaml (looked for next to the file that names it, in the working directory and in the package).",
    );
  });

  it("says of another step what is wrong there, and not in the file before it", () => {
    const others = {
      "single.yaml": "graph: single\nagents: { generator: { model: sim:x } }",
      "loop.yaml": loop,
    };
    const chain = "graph: chain\nsteps: [{ file: single.yaml }, { file: loop.yaml }]";
    expect(refusal(chain, { sets: ["steps.1.file=single.yaml"] }, others)).toBe(
      "single.yaml: steps.1.evaluator: is missing; these answers challenge the response of the step before",
    );
  });

  it.each([
    ["iterations", "--set iterations: expected KEY=VALUE"],
    ["=5", "expected KEY=VALUE"],
    [
      "iteration=5",
      '--set iteration=5: iteration: unknown key "iteration"; allowed: graph, iterations',
    ],
    ["evaluator.scales=5", 'evaluator.scales: unknown key "scales"; allowed: graph, strategy'],
    ["iterations=0", "--set iterations=0: iterations: expected at least 1; got 0"],
    [
      "iterations=many",
      '--set iterations=many: iterations: expected a number, got the text "many"',
    ],
    ["iterations=", "--set iterations=: iterations: expected a number, got null"],
    [
      "evaluator.scale=7",
      "--set evaluator.scale=7: evaluator.scale: expected one of 5, 10, 100; got 7",
    ],
    [
      "agents.generator.model=nope:x",
      '--set agents.generator.model=nope:x: agents.generator.model: Model "nope:x": unknown provider "nope"',
    ],
    [
      "evaluator={ graph: nope }",
      '--set evaluator={ graph: nope }: evaluator.graph: expected one of judge, jury, debate, checks, cascade; got "nope"',
    ],
    ["iterations.x=5", "iterations holds no keys of its own"],
    [
      "agents.reviewers.7.model=sim:x",
      '--set agents.reviewers.7.model=sim:x: agents.reviewers is a list, whose members go by their place: expected 0 (kind), 1, 2 for one more; got "7".',
    ],
    ["agents.reviewers.kind.temperature=1.5", 'expected 0 (kind), 1, 2 for one more; got "kind"'],
    ["agents.reviewers.push=1", 'got "push"'],
    ["agents.reviewers.01.model=sim:x", 'got "01"'],
    ["agents.reviewers.-1.model=sim:x", 'got "-1"'],
    ["iterations=[", "--set iterations:1: no valid YAML"],
    [`iterations=${"[".repeat(9000)}`, "--set iterations:1: nested deeper than 100 levels."],
    ["__proto__.polluted=1", "no such key"],
    ["agents.__proto__.polluted=1", "no such key"],
    ["constructor.prototype.polluted=1", "no such key"],
    ["agents.constructor=1", "no such key"],
    ["toString.x=1", "toString holds no keys of its own"],
    ["agents.toString=1", 'unknown key "toString"'],
  ])("is refused by its own words: %s", (text, found) => {
    expect(refusal(loop, { sets: [text] })).toContain(found);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});
