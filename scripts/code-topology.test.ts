import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { project, workInDirectory } from "../tests/own-code.ts";
import { runScript, type ScriptEnd } from "../tests/run-script.ts";
import { startCommand } from "../tests/start-command.ts";
import { temporaryDirectory } from "../tests/temporary-directory.ts";
import type { Written } from "../tests/workspace.ts";

const example = join("examples", "disagreement.ts");
const prompts = join("examples", "demo", "prompts.jsonl");

function read(...names: string[]): string {
  return readFileSync(join(...names), "utf8");
}

function readJson(...names: string[]): Written {
  return JSON.parse(read(...names));
}

function readLines(...names: string[]): Written[] {
  return read(...names)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** A user's mistake: 2, one clear message, no stack, nothing on standard output. */
function expectRefusal(end: ScriptEnd, ...words: string[]): void {
  expect(end.stderr).not.toMatch(/^ +at .*[:(]/m);
  expect(end.stderr).not.toContain("bug of ours");
  for (const word of words) expect(end.stderr).toContain(word);
  expect({ code: end.code, stdout: end.stdout }).toEqual({ code: 2, stdout: "" });
}

describe("the example topology in code", () => {
  const generate = (out: string, ...more: string[]) =>
    runScript("generate", [example, "--input", prompts, "--out", out, ...more]);

  it("has fewer than sixty lines", () => {
    expect(read(example).trimEnd().split("\n").length).toBeLessThan(60);
  });

  it("runs as it stands, in a process of its own, and says what code it runs", async () => {
    const out = join(temporaryDirectory(), "out");
    const command = startCommand("generate", [example, "--input", prompts, "--out", out], {
      directory: project,
    });
    expect(await command.ended).toEqual({ code: 0, signal: null });
    const manifest = readJson(out, "run.json");
    const hash = manifest.code[example];
    expect(command.printed.stderr).toContain(
      `Code: ${example} runs with all your rights (SHA-256 ${hash}).`,
    );
    expect(manifest).toMatchObject({ rows: 24, done: 24, topology: { graph: "disagreement" } });
    expect(manifest.topology.module).toBe(example);
    expect(manifest.agents).toHaveLength(8);
    expect(Object.keys(manifest.prompts).sort()).toEqual([
      "advisor",
      "coevol-critical",
      "coevol-positive",
      "generator",
      "judge-combined",
      "reviewer",
    ]);
    const rows = readLines(out, "rows.jsonl");
    const debated = rows.filter(({ reviews }) => reviews.length === 3);
    expect(debated.length).toBeGreaterThan(0);
    expect(debated.length).toBeLessThan(24);
    for (const { reviews, transcript, responses } of rows) {
      expect(responses).toHaveLength(2);
      expect(transcript).toHaveLength(reviews.length === 3 ? 10 : 5);
    }
    const pairs = readLines(out, "dpo.jsonl");
    expect(pairs.length).toBeGreaterThan(12);
    expect(read(out, "README.md")).toContain("| custom code | SHA-256 |");
  });

  it("goes on where it stopped, and ends in the same bytes as a run that did not", async () => {
    const directory = temporaryDirectory();
    const [whole, parts] = [join(directory, "whole"), join(directory, "parts")];
    expect((await generate(whole, "--limit", "8")).code).toBe(0);
    expect((await generate(parts, "--limit", "3")).code).toBe(0);
    const end = await generate(parts, "--limit", "8", "--json");
    expect(end.code).toBe(0);
    for (const file of ["rows.jsonl", "dpo.jsonl", "kto.jsonl", "summary.json", "README.md"]) {
      expect(read(parts, file)).toBe(read(whole, file));
    }
    expect(JSON.parse(end.stdout)).toMatchObject({ rows: 8, done: 8 });
  });

  it("is answered from a cassette of its own run", async () => {
    const directory = temporaryDirectory();
    const [once, again] = [join(directory, "once"), join(directory, "again")];
    const cassette = join(directory, "cassette.jsonl");
    await generate(once, "--limit", "5");
    const exported = await runScript("export", [once, "--kind", "cassette", "--file", cassette]);
    expect(exported.code).toBe(0);
    const replayed = await generate(again, "--limit", "5", "--model", `replay:${cassette}`);
    expect(replayed.code).toBe(0);
    expect(read(again, "dpo.jsonl")).toBe(read(once, "dpo.jsonl"));
  });

  it("takes other models, other settings and a budget, and refuses what it has not", async () => {
    const out = join(temporaryDirectory(), "out");
    const more = ["--limit", "2", "--allow-code", "--budget", "1"];
    const changed = ["--model", "judge=sim:oak", "--set", "evaluator.scale=100"];
    expect(
      (await generate(out, ...more, ...changed, "--set", "agents.kind.maxTokens=9")).code,
    ).toBe(0);
    expect(readJson(out, "run.json").topology).toMatchObject({
      agents: { kind: { maxTokens: 9 } },
      evaluator: { scale: 100, agents: { judge: { model: "sim:oak" } } },
    });
    expectRefusal(
      await generate(out, "--limit", "2"),
      "topology.evaluator.scale: 100 there, 10 now",
    );
    expectRefusal(await generate(out, "--model", "nobody=sim:x"), 'no agent "nobody"', "generator");
    expectRefusal(
      await generate(out, "--set", "rounds=2"),
      'unknown key "rounds"',
      "recursionLimit",
    );
    expectRefusal(
      await generate(out, "--set", "agents.kind.model=nobody:x"),
      "--set agents.kind.model=nobody:x",
      "openai",
    );
    const spend = ["--model", "kind=openai:nobody-knows", "--budget", "1", "--dry-run"];
    expectRefusal(await generate(out, ...spend), "OPENAI_API_KEY");
  });

  it("forecasts what it tells of its calls, and says that it tells nothing", async () => {
    const end = await generate("", "--dry-run", "--json");
    const { rows, calls, assumptions } = JSON.parse(end.stdout).dryRun;
    // Only the judge, which the definition names.
    expect({ rows, calls }).toEqual({ rows: 24, calls: 24 });
    expect(assumptions).toContainEqual(
      `${example} is code and does not tell its calls: those of its agents are not counted`,
    );
  });

  it("is drawn, and changed code is refused in the same directory", async () => {
    const drawn = await runScript("draw", [example]);
    expect(drawn.code).toBe(0);
    expect(drawn.stdout).toContain("compare -.-> debate;");
    const svg = await runScript("draw", [example, "--svg"]);
    expect(svg.stdout).toContain(`data-topology="${example}"`);
    expect(svg.stdout).toContain("advisor");
    const directory = workInDirectory({
      "mine.ts": read(example).replaceAll('from "../', `from "${project}/`),
    });
    const run = () =>
      runScript("generate", [
        join(directory, "mine.ts"),
        "--input",
        join(project, prompts),
        "--out",
        join(directory, "out"),
        "--limit",
        "2",
      ]);
    expect((await run()).code).toBe(0);
    const text = read(directory, "mine.ts");
    writeFileSync(join(directory, "mine.ts"), text.replace("> 1;", "> 2;"));
    expectRefusal(await run(), "code.mine.ts: ", " there, ");
  });
});

const imports = `
import { createSingle } from "${project}/graphs/single.ts";
import { createJudgeGraph } from "${project}/graphs/judge.ts";
import { createSampleResponse } from "${project}/nodes/sample-response.ts";
import { createJudge } from "${project}/nodes/judge.ts";
import { defineEvaluator, defineGenerator } from "${project}/topologies/build/define-topology.ts";
`;
const build =
  "({ members }) => createSingle({ generator: createSampleResponse(members.writer), samples: 1, evaluator: null })";
const agents = 'agents: { writer: { role: "generator", model: "sim:oak" } }';
const generator = `${imports}export default defineGenerator({ graph: "mine", ${agents}, build: ${build} });`;

async function run(command: string, module: string, ...more: string[]) {
  const directory = workInDirectory({ "mine.ts": module });
  const pairs = join(directory, "pairs.jsonl");
  const pair = { prompt: "?", a: { text: "yes" }, b: { text: "no" } };
  writeFileSync(pairs, `${JSON.stringify(pair)}\n`);
  const input = command === "evaluate" ? pairs : join(project, prompts);
  const out = join(directory, "out");
  const argv = [join(directory, "mine.ts"), "--input", input, "--out", out, "--limit", "2"];
  return { out, end: await runScript(command, [...argv, ...more]) };
}

describe("a topology in code", () => {
  it("may be an evaluator, measured as any other", async () => {
    const { out, end } = await run(
      "evaluate",
      `${imports}export default defineEvaluator({
        graph: "my-judge",
        agents: { yew: { role: "judge", model: "sim:yew" } },
        calls: { yew: 1 },
        build: ({ members }) => createJudgeGraph({
          onUnparsed: "tie",
          judge: {
            name: "yew",
            node: createJudge({ ...members.yew, strategy: "combined", scale: 10, orders: "ab", reasks: 1 }),
          },
        }),
      });`,
    );
    expect(end.code).toBe(0);
    expect(readJson(out, "run.json")).toMatchObject({ done: 1, topology: { graph: "my-judge" } });
    expect(readJson(out, "run.json").topology).not.toHaveProperty("pairs");
    expect(readLines(out, "rows.jsonl")[0].votes).toMatchObject([{ agent: "yew", parsed: true }]);
  });

  it("tells its calls for a forecast", async () => {
    const told = generator.replace("graph:", "calls: { writer: 3 }, graph:");
    const { end } = await run("generate", told, "--dry-run", "--json");
    expect(JSON.parse(end.stdout).dryRun).toMatchObject({ rows: 2, calls: 6 });
    const priced = ["--model", "openai:no-such-model", "--budget", "1", "--dry-run"];
    expectRefusal((await run("generate", generator, ...priced)).end, "OPENAI_API_KEY");
  });

  const bad: Record<string, [module: string, ...words: string[]]> = {
    "without a default export": ["export const x = 1;", "got undefined"],
    "that exports something else": ["export default { graph: 'x' };", "got { graph: 'x' }"],
    "that throws": ["throw new Error('not today');", "can't load mine.ts: not today"],
    "whose build throws": [
      generator.replace(build, "() => { throw new Error('no graph'); }"),
      "mine.ts: build threw: no graph",
    ],
    "whose build gives no graph": [
      generator.replace(build, "() => ({ nodes: [] })"),
      "build returned { nodes: [] }; expected a compiled graph",
    ],
    "whose build asks": [
      generator.replace(build, "({ agents }) => { agents.writer.ask({}); }"),
      "can be asked only while its node runs",
    ],
    "with an agent without a model": [
      generator.replace(', model: "sim:oak"', ""),
      "mine.ts: agents.writer.model: is missing",
    ],
    "with an unknown role": [
      generator.replace('role: "generator"', 'role: "poet"'),
      "agents.writer.role",
    ],
    "with an unknown key": [
      generator.replace("graph:", "graphs: 1, graph:"),
      'unknown key "graphs"',
    ],
    "with a graph's name of Fellowship's own": [
      generator.replace('"mine"', '"coevol"'),
      "mine.ts: graph: is the name of a graph that topology files have",
    ],
    "with a prompt that is not there": [
      generator.replace('"sim:oak"', '"sim:oak", prompt: "nobody"'),
      "mine.ts: agents.writer.prompt: No prompt file",
    ],
    "with an evaluator in a file that is not there": [
      generator.replace("graph:", 'evaluator: { file: "../nope.yaml" }, graph:'),
      "mine.ts: no such file: ",
    ],
    "with a name that occurs twice": [
      generator.replace(
        "graph:",
        'evaluator: { graph: "judge", agents: { judge: { name: "writer", model: "sim:x" } } }, graph:',
      ),
      'the name "writer" occurs twice',
    ],
    "with a node in its evaluator": [
      generator.replace(
        "graph:",
        'evaluator: { graph: "judge", agents: { judge: { node: "./x.ts#y" } } }, graph:',
      ),
      "evaluator.agents.judge.node",
      "stands in a topology in code",
    ],
    "that is an evaluator": [
      `${imports}export default defineEvaluator({ graph: "mine", ${agents}, build: ${build} });`,
      "mine is an evaluator; fellowship evaluate takes it",
    ],
    "that imports from outside": [
      'import { x } from "../OUTSIDE/x.ts";\nexport default x;',
      'mine.ts imports "../',
      "must lie under the working directory",
    ],
  };

  it.each(Object.entries(bad))("%s ends with 2", async (_, [module, ...words]) => {
    const outside = temporaryDirectory({ "x.ts": "export const x = 1;" });
    const { end, out } = await run("generate", module.replace("OUTSIDE", basename(outside)));
    expectRefusal(end, "mine.ts", ...words);
    expect(existsSync(out)).toBe(false);
  });

  it("is refused by a command that takes another kind, and by evolve", async () => {
    expectRefusal((await run("evaluate", generator)).end, "fellowship generate takes it");
    expectRefusal(
      (await run("evolve", generator)).end,
      "mine.ts is code; expected a topology file",
    );
  });

  it("must lie under the working directory, links followed", async () => {
    const outside = temporaryDirectory({ "mine.ts": generator });
    workInDirectory({});
    const argv = [join(outside, "mine.ts"), "--input", join(project, prompts), "--out", outside];
    expectRefusal(await runScript("generate", argv), "must lie under the working directory");
    expectRefusal(
      await runScript("draw", argv.slice(0, 1)),
      "must lie under the working directory",
    );
  });

  it("is not run for a document that names it, unless code is allowed", async () => {
    const directory = workInDirectory({ "mine.ts": `globalThis.ranOwnCode = true;${generator}` });
    const place = join(directory, "mine.ts");
    const document = join(directory, "IT.md");
    writeFileSync(document, `<!-- drawing: ${place} -->\n<!-- /drawing -->\n`);
    Reflect.deleteProperty(globalThis, "ranOwnCode");
    expectRefusal(await runScript("draw", ["--into", document]), "mine.ts", "--allow-code");
    expect(globalThis).not.toHaveProperty("ranOwnCode");
    const end = await runScript("draw", ["--into", document, "--allow-code"]);
    expect(end.code).toBe(0);
    expect(read(document)).toContain("__start__ --> generator;");
  });

  const broken: Record<string, [build: string, reason: string, ...words: string[]]> = {
    "a node that throws": [
      'createSingle({ generator: () => { throw new Error("no luck"); }, samples: 1, evaluator: null })',
      "node_failed",
      "mine.ts: threw no luck",
    ],
    "a node that throws nothing": [
      "createSingle({ generator: () => { throw null; }, samples: 1, evaluator: null })",
      "node_failed",
    ],
    "a loop without an end": [
      "createSingle({ generator: () => ({}), samples: 2, evaluator: () => ({}) })",
      "node_failed",
      "Recursion limit",
    ],
    "a response that is none": [
      "createSingle({ generator: () => ({ responses: [{ round: 1, text: 5 }] }), samples: 1, evaluator: null })",
      "node_failed",
      'Validation failed for field "responses"',
    ],
    "no response": [
      "({ getGraphAsync() { return { drawMermaid: () => '' }; }, invoke: async () => ({}) })",
      "bad_node",
      "responses: expected one at least, or a failure",
    ],
    "a best that is none": [
      "({ getGraphAsync() { return { drawMermaid: () => '' }; }, invoke: async () => ({ responses: [{ round: 1, text: '' }], best: 4 }) })",
      "bad_node",
      "best: expected the index of one of 1 responses",
    ],
    "a call that was never made": [
      "({ getGraphAsync() { return { drawMermaid: () => '' }; }, invoke: async () => ({ responses: [{ round: 1, text: '' }], transcript: [{}] }) })",
      "bad_node",
      "transcript",
    ],
    "the same question twice": [
      `createSingle({ samples: 1, evaluator: null, generator: async ({ row }) => {
        const question = { row, part: "", turn: 0, expects: { kind: "text" }, messages: [{ role: "user", content: "?" }] };
        await agents.writer.ask(question);
        await agents.writer.ask(question);
      } })`,
      "bad_node",
      "was asked twice",
    ],
  };

  it.each(Object.entries(broken))("fails its rows for %s", async (_, [graph, reason, ...words]) => {
    const module = generator.replace(build, `({ agents }) => ${graph}`);
    const { end, out } = await run(
      "generate",
      module.replace("graph:", "recursionLimit: 10, graph:"),
    );
    expect(end.stderr).not.toContain("bug of ours");
    expect(end.code).toBe(3);
    const failed = readLines(out, "failed.jsonl");
    expect(failed).toMatchObject([
      { row: 1, reason },
      { row: 2, reason },
    ]);
    for (const word of words) expect(failed[0].detail).toContain(word);
  });

  it("keeps the calls of nodes that don't return them", async () => {
    const graph = `createSingle({ samples: 1, evaluator: null, generator: async ({ row, prompt }) => {
      const { content } = await agents.writer.ask({ row, part: "", turn: 0, expects: { kind: "text" }, messages: prompt });
      return { responses: [{ round: 1, text: content }] };
    } })`;
    const { end, out } = await run(
      "generate",
      generator.replace(build, `({ agents }) => ${graph}`),
    );
    expect(end.code).toBe(0);
    expect(readJson(out, "summary.json").calls).toBe(2);
    expect(readLines(out, "rows.jsonl")[0].transcript).toHaveLength(1);
  });
});
