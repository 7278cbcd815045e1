import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseYaml, type Tree } from "./parse-yaml.ts";
import { topologyJsonSchema } from "./topology-json-schema.ts";
import { topology } from "../kinds/kinds.ts";

const directory = join(import.meta.dirname, "..");
const committed = JSON.parse(readFileSync(join(directory, "schema.json"), "utf8")) as object;
const presets = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".yaml"),
);
const conforms = new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile(
  committed,
);

function read(yaml: string, path = "a.yaml"): unknown {
  return parseYaml(path, yaml).tree;
}

const judge = "graph: judge\nagents: { judge: { model: openai:gpt-4o } }\n";
const loop = `graph: feedback-loop
agents: { generator: { model: sim:a }, reviewers: [{ model: sim:b, name: kind }] }
evaluator: { file: judge.yaml }
`;

const jury = "graph: jury\nagents: { jurors: [{ model: sim:a }] }\n";
const single = "graph: single\nagents: { generator: { model: sim:a } }\n";
const coevol = (mode: string, ...roles: string[]) =>
  `graph: coevol\n${mode && `mode: ${mode}\n`}agents: { ${roles.map((role) => `${role}: { model: sim:a }`).join(", ")} }\n`;

const chain = `graph: chain
steps:
  - { graph: single, agents: { generator: { model: sim:a } } }
  - graph: coevol
    agents: { positive: &one { model: sim:b }, critical: *one, advisor: *one, editor: *one, judge: *one }
`;

describe("the JSON Schema of topologies", () => {
  it("is the committed one (npm run schema)", () => {
    expect(committed).toEqual(topologyJsonSchema());
  });

  it("says of every key what it is", () => {
    const silent: string[] = [];
    const visit = (node: unknown, path: string) => {
      if (typeof node !== "object" || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        if (key !== "properties") visit(value, `${path}.${key}`);
      }
      const properties = Object.entries(("properties" in node ? node.properties : null) ?? {});
      for (const [key, value] of properties as [string, Tree][]) {
        // What only forbids is a rule across keys, and is beside a message that says more.
        const isRule = ["not", "maximum", "required"].includes(Object.keys(value).join());
        const told = ["description", "$ref", "allOf"].some((word) => word in value);
        if (!told && !isRule) silent.push(`${path}.${key}`);
        visit(value, `${path}.${key}`);
      }
    };
    visit(committed, "");
    expect(silent).toEqual([]);
  });

  it.each(presets)("holds of a preset: %s", (preset) => {
    const path = join(directory, preset);
    expect(conforms(read(readFileSync(path, "utf8"), path)), JSON.stringify(conforms.errors)).toBe(
      true,
    );
  });

  it("holds of a plan, and refuses one with an unknown key or without prompts", () => {
    const path = join(directory, "..", "examples", "study", "plan.yaml");
    const plan = readFileSync(path, "utf8");
    expect(conforms(read(plan, path)), JSON.stringify(conforms.errors)).toBe(true);
    expect(conforms(read(`${plan}judges: []\n`))).toBe(false);
    expect(conforms(read(plan.replace(/^study: .*$/m, "")))).toBe(false);
  });

  it.each([
    ["all defaults", judge],
    ["an evaluator in a file of its own", loop],
    ["a model with colons in its name", judge.replace("openai:gpt-4o", '"ollama:gemma2:9b"')],
    [
      "a single with an evaluator inline",
      "graph: single\nsamples: 2\nagents: { generator: { model: sim:a } }\nevaluator: { graph: judge, agents: { judge: { model: sim:b } } }",
    ],
    ["a mean of scores", `${jury}aggregate: mean`],
    ["one sample", `${single}samples: 1`],
    ["a vote of choices", `${jury}strategy: direct\naggregate: weighted`],
    ["a mode with its advisor", coevol("advise-edit-blind", "advisor", "editor")],
    ["an editor alone", coevol("edit", "editor")],
    [
      "limits of a provider and of a model",
      `${judge}limits: { ollama: { concurrency: 4 }, "openai:gpt-4o": { requestsPerMinute: 9.5 } }`,
    ],
    [
      "CoEvol with an evaluator",
      `${coevol("", "positive", "critical", "advisor", "editor")}conversation: { maxTurns: null }\nevaluator: { file: b.yaml }`,
    ],
  ])("allows what the check allows: %s", (_, yaml) => {
    expect(conforms(read(yaml)), JSON.stringify(conforms.errors)).toBe(true);
  });

  it.each([
    ["no topology", "[]"],
    ["an unknown graph", judge.replace("judge\n", "juge\n")],
    ["no graph", "agents: {}"],
    ["a wrong choice", `${judge}strategy: both`],
    ["a wrong scale", `${judge}scale: 7`],
    ["a number out of range", `${judge}reasks: 11`],
    ["no whole number", `${judge}reasks: 0.5`],
    ["an unknown key", `${judge}scales: 10`],
    ["a key of another graph", `${judge}rounds: 2`],
    ["an unknown role", judge.replace("judge: {", "jugde: {")],
    ["an unknown key of an agent", judge.replace("{ model", "{ temprature: 0, model")],
    ["a missing agent", "graph: judge\nagents: {}"],
    ["a missing model", "graph: judge\nagents: { judge: {} }"],
    ["an unknown provider", judge.replace("openai:", "opnai:")],
    ["a provider without a model", judge.replace("openai:gpt-4o", '"openai: "')],
    ["a name with a blank in it", judge.replace("{ model", "{ name: the judge, model")],
    ["a limit of nobody", `${judge}limits: { nobody: { concurrency: 1 } }`],
    ["no jurors", "graph: jury\nagents: { jurors: [] }"],
    ["samples without an evaluator", `${single}samples: 2`],
    ["a mean of choices", `${jury}strategy: direct\naggregate: mean`],
    ["CoEvol without a judge", coevol("iterate", "positive", "critical", "advisor", "editor")],
    [
      "CoEvol with two",
      `${coevol("iterate", "positive", "critical", "advisor", "editor", "judge")}evaluator: { graph: judge, agents: { judge: { model: sim:a } } }`,
    ],
    ["CoEvol without its debaters", coevol("iterate", "advisor", "editor", "judge")],
    ["CoEvol without a mode or debaters", coevol("", "advisor", "editor", "judge")],
    ["a mode without its advisor", coevol("advise-edit", "editor")],
    ["a weight outside a jury", judge.replace("{ model", "{ weight: 2, model")],
  ])("refuses what the check refuses: %s", (_, yaml) => {
    const tree = read(yaml);
    expect(topology.safeParse(tree).success).toBe(false);
    expect(conforms(tree)).toBe(false);
  });

  it("judges like the check, whatever is put in the place of a value", () => {
    // The check comes after the files that are named have been put in their places.
    const texts = presets
      .filter((preset) => !preset.includes("/"))
      .map((preset) => readFileSync(join(directory, preset), "utf8"))
      .filter((text) => !text.includes("file: "));
    const trees = [...texts, chain].map((text) => read(text));
    const change = fc.record({
      tree: fc.constantFrom(...trees),
      place: fc.nat(),
      value: fc.constantFrom(undefined, null, -1, 0, 0.5, 3, 1e9, true, "", "ab", "a:b", [], {}),
    });
    fc.assert(
      fc.property(change, ({ tree, place, value }) => {
        const changed = structuredClone(tree);
        const places = placesIn(changed);
        const { holder, key } = places[place % places.length]!;
        if (value === undefined) delete holder[key];
        else holder[key] = value;
        const issues = topology.safeParse(changed).error?.issues ?? [];
        // The schema does not say which steps may follow the first of a chain.
        const sayable = issues.filter(
          ({ message }) => !/a chain needs|of the step before/.test(message),
        );
        expect(conforms(changed)).toBe(sayable.length === 0);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it.each([
    ["a file beside other keys", loop.replace("judge.yaml", "judge.yaml, scale: 10")],
    ["a file that is no text", loop.replace("judge.yaml", "7")],
    ["a file in the place of a whole topology", "file: judge.yaml"],
    ["a generator as evaluator", loop.replace("file: judge.yaml", "graph: single")],
  ])("refuses %s", (_, yaml) => {
    expect(conforms(read(yaml))).toBe(false);
  });
});

/** Every key and index in a tree, with what holds it. */
function placesIn(node: unknown): { holder: Tree; key: string }[] {
  if (typeof node !== "object" || node === null) return [];
  const holder = node as Tree;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key])]);
}
