import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { project, workInDirectory } from "../tests/own-code.ts";
import { runScript, type ScriptEnd } from "../tests/run-script.ts";
import { startCommand } from "../tests/start-command.ts";
import { temporaryDirectory } from "../tests/temporary-directory.ts";
import type { Written } from "../tests/workspace.ts";

const critic = `
globalThis.ranOwnCode = true;
export const critic = ({ agent }) => (state) => {
  if (state.prompt[0].content.includes("throw")) throw new Error("it said throw");
  if (state.prompt[0].content.includes("bad")) return { reviews: "bad" };
  return { reviews: [{ reviewer: agent.name, round: state.responses.length, text: "Shorter.", evaluation: "", score: null, feedback: "Shorter." }] };
};`;

const loop = (node: string) => `graph: feedback-loop
iterations: 2
agents:
  generator: { model: "sim:oak" }
  reviewers:
    - { name: kind, model: "sim:elm" }
    - { name: critic, node: "${node}" }
evaluator: { graph: judge, agents: { judge: { model: "sim:yew" } } }
`;
const judge = (node: string) => `graph: judge\nagents:\n  judge: { node: "${node}" }\n`;
const jury = (node: string) =>
  `graph: jury\nagents:\n  jurors: [{ name: own, node: "${node}" }, { name: ash, model: "sim:ash" }]\n`;
const coevol = (role: string, node: string) => {
  const agents = ["positive", "critical", "advisor", "editor", "judge"].map((one) =>
    one === role ? `  ${one}: { node: "${node}" }` : `  ${one}: { model: "sim:elm" }`,
  );
  return `graph: coevol\nmaxIterations: 1\nagents:\n${agents.join("\n")}\n`;
};

const rows = {
  "prompts.jsonl": ["One?", "throw", "Three?", "bad"],
  "pairs.jsonl": ["One?", "throw", "Three?"],
};

/** A working directory with prompts, pairs and instruction data, and the files given. */
function workspace(files: Readonly<Record<string, string>>) {
  const pair = { a: { text: "yes" }, b: { text: "no" }, label: "a" };
  const directory = workInDirectory({
    "prompts.jsonl": lines(rows["prompts.jsonl"].map((prompt) => ({ prompt }))),
    "pairs.jsonl": lines(rows["pairs.jsonl"].map((prompt) => ({ prompt, ...pair }))),
    "data.json": JSON.stringify([
      { instruction: "One?", input: "", output: "An answer." },
      { instruction: "throw", input: "", output: "Another." },
    ]),
    ...files,
  });
  const at = (...names: string[]) => join(directory, ...names);
  const out = at("out");
  return {
    at,
    out,
    run: (command: string, topology: string, input: string, ...more: string[]) =>
      runScript(command, [at(topology), "--input", at(input), "--out", out, ...more]),
    json: (...names: string[]): Written => JSON.parse(readFileSync(at(...names), "utf8")),
    lines: (...names: string[]): Written[] =>
      readFileSync(at(...names), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line)),
  };
}

function lines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}

/** A user's mistake: 2, one clear message with the place, no stack, nothing on standard output. */
function expectRefusal(end: ScriptEnd, ...words: string[]): void {
  expect(end.stderr).not.toMatch(/^ +at .*[:(]/m);
  expect(end.stderr).not.toContain("bug of ours");
  for (const word of words) expect(end.stderr).toContain(word);
  expect({ code: end.code, stdout: end.stdout }).toEqual({ code: 2, stdout: "" });
}

describe("a topology file with a custom node is code", () => {
  const files = {
    "own.ts": critic,
    "loop.yaml": loop("./own.ts#critic"),
    "judge.yaml": judge("./own.ts#critic"),
    "coevol.yaml": coevol("editor", "./own.ts#critic"),
    "outer.yaml": loop("./own.ts#critic")
      .replace('node: "./own.ts#critic"', 'model: "sim:x"')
      .replace(/evaluator: .*/, "evaluator: { file: judge.yaml }"),
    "DRAWN.md": "<!-- drawing: PLACE/loop.yaml -->\n<!-- /drawing -->",
  };
  const line = (file: string, number: number) => `${file}:${number}: `;
  const commands: Record<string, [command: string, argv: string[], ...words: string[]]> = {
    generate: ["generate", ["loop.yaml", "prompts.jsonl"], line("loop.yaml", 7)],
    "generate --dry-run": [
      "generate",
      ["loop.yaml", "prompts.jsonl", "--dry-run"],
      line("loop.yaml", 7),
    ],
    "generate, in the evaluator's file": [
      "generate",
      ["outer.yaml", "prompts.jsonl"],
      line("judge.yaml", 3),
    ],
    evaluate: ["evaluate", ["judge.yaml", "pairs.jsonl"], line("judge.yaml", 3)],
    evolve: ["evolve", ["coevol.yaml", "data.json"], line("coevol.yaml", 7)],
  };

  it.each(Object.entries(commands))(
    "which %s refuses without --allow-code, and does not run",
    async (_, [command, [topology = "", input = "", ...more], ...words]) => {
      const { run, out } = workspace(files);
      Reflect.deleteProperty(globalThis, "ranOwnCode");
      const end = await run(command, topology, input, ...more);
      expectRefusal(end, ...words, "node: own.ts#critic is code", "--allow-code");
      expect(existsSync(out)).toBe(false);
      expect(globalThis).not.toHaveProperty("ranOwnCode");
    },
  );

  it("which draw refuses too, named on the command line or in a document", async () => {
    const { at } = workspace(files);
    Reflect.deleteProperty(globalThis, "ranOwnCode");
    expectRefusal(await runScript("draw", [at("loop.yaml")]), "loop.yaml:7", "--allow-code");
    writeFileSync(at("DRAWN.md"), files["DRAWN.md"].replace("PLACE", at("")));
    expectRefusal(await runScript("draw", ["--into", at("DRAWN.md")]), "loop.yaml:7");
    expect(globalThis).not.toHaveProperty("ranOwnCode");
    const drawn = await runScript("draw", [at("loop.yaml"), "--allow-code"]);
    expect(drawn).toMatchObject({ code: 0, stderr: expect.stringContaining("Code: own.ts") });
    expect(drawn.stdout).toContain("critic");
    expect(drawn.stdout).not.toContain("SHA-256");
  });

  it("which --set makes of it as well", async () => {
    const { run } = workspace({
      ...files,
      "plain.yaml": judge("./own.ts#critic")
        .replace("node", "model")
        .replace("./own.ts#critic", "sim:x"),
    });
    const set = ["--set", "agents.judge.node=./own.ts#critic"];
    const end = await run("evaluate", "plain.yaml", "pairs.jsonl", ...set);
    expectRefusal(end, "--set agents.judge.node=./own.ts#critic: ", "--allow-code");
  });
});

describe("a node that can't be loaded ends with 2 and its place", () => {
  const bad: Record<string, [node: string, module: string, ...words: string[]]> = {
    "a module that is not there": [
      "./absent.ts#critic",
      "",
      "can't read the module absent.ts (ENOENT)",
    ],
    "a folder": ["./folder.ts#critic", "", "folder.ts is not a file"],
    "another kind of file": ["./own.yaml#critic", "", "expected a module (.ts, .mts, .js, .mjs)"],
    "no export": ["./own.ts", critic, 'expected ./FILE.ts#EXPORT, got "./own.ts"'],
    "an absolute path": ["/etc/own.ts#critic", "", "expected ./FILE.ts#EXPORT"],
    "a package": ["lodash#map", "", 'expected ./FILE.ts#EXPORT, got "lodash#map"'],
    "a module of Node.js": ["node:fs#readFileSync", "", "expected ./FILE.ts#EXPORT"],
    "a data address": ["data:text/javascript,0#x", "", "expected ./FILE.ts#EXPORT"],
    "a web address": ["http://127.0.0.1/own.ts#x", "", "expected ./FILE.ts#EXPORT"],
    "a path out of the working directory": [
      "./../OUTSIDE/own.ts#critic",
      "",
      "must lie under the working directory",
    ],
    "a link out of the working directory": [
      "./link.ts#critic",
      "",
      "must lie under the working directory",
    ],
    "an import from outside": [
      "./own.ts#critic",
      'import { critic as other } from "../OUTSIDE/own.ts";\nexport const critic = other;',
      "own.ts imports",
      "must lie under the working directory",
    ],
    "an import from the web": [
      "./own.ts#critic",
      'import "http://127.0.0.1/x.js";\nexport const critic = 1;',
      "own.ts imports",
      "expected a file or a package",
    ],
    "another name": ["./own.ts#reviewer", critic, 'exports no "reviewer"; it exports critic'],
    "a name that every object has": ["./own.ts#toString", critic, 'exports no "toString"'],
    "an export that is no function": [
      "./own.ts#critic",
      "export const critic = { a: 1 };",
      "own.ts#critic is no function (got { a: 1 })",
    ],
    "a module that throws": [
      "./own.ts#critic",
      "throw new Error('not today');",
      "can't load own.ts: not today",
    ],
    "a module with a mistake": ["./own.ts#critic", "export const critic = ;", "can't load own.ts"],
    "a module that lacks a package": [
      "./own.ts#critic",
      'import "no-such-package-anywhere";',
      "can't load own.ts",
      "no-such-package-anywhere",
    ],
    "an import from outside, spelled as an address": [
      "./own.ts#critic",
      '/* c */ import "./%2e%2e/OUTSIDE/own.ts";\nexport const critic = 1;',
      "can't load own.ts: Could not resolve",
    ],
    "an import from outside, further in a line": [
      "./own.ts#critic",
      "export const critic = 1; void import(`../OUTSIDE/own.ts`);",
      "own.ts imports",
      "must lie under the working directory",
    ],
    "an import that is computed": [
      "./own.ts#critic",
      "const name = process.argv[2];\nexport const critic = import(name);",
      "can't load own.ts: the path of an import is computed (line 2)",
    ],
    "a factory that throws": [
      "./own.ts#critic",
      "export const critic = () => { throw new Error('no seat'); };",
      "threw when the graph was built: no seat",
    ],
    "a factory that makes no node": [
      "./own.ts#critic",
      "export const critic = () => ({});",
      "returned {}; expected a node",
    ],
    "a factory that promises a node": [
      "./own.ts#critic",
      "export const critic = async () => () => ({});",
      "returned Promise",
      "expected a node",
    ],
    "a factory that asks": [
      "./own.ts#critic",
      "export const critic = ({ agent }) => { agent.ask({}); };",
      'the agent "critic" can be asked only while its node runs',
    ],
  };

  it.each(Object.entries(bad))("%s", async (_, [node, module, ...words]) => {
    const outside = temporaryDirectory({ "own.ts": critic });
    const named = (text: string) => text.replace("OUTSIDE", basename(outside));
    const { run, at, out } = workspace({
      "own.ts": named(module),
      "own.yaml": "a: 1",
      "loop.yaml": loop(named(node)),
    });
    mkdirSync(at("folder.ts"));
    symlinkSync(join(outside, "own.ts"), at("link.ts"));
    const end = await run("generate", "loop.yaml", "prompts.jsonl", "--allow-code");
    expectRefusal(end, "loop.yaml:7", "agents.reviewers.1.node", ...words);
    expect(existsSync(out)).toBe(false);
  });

  it("in every role, also where it makes one node of two", async () => {
    const debate = (node: string) =>
      `graph: debate\nagents:\n  debaters: [{ name: critic, node: "${node}" }]\n`;
    const one = "export const own = () => () => ({});";
    const { run } = workspace({
      "own.ts": one,
      "debate.yaml": debate("./own.ts#own"),
      "coevol.yaml": coevol("positive", "./own.ts#own"),
    });
    const allow = "--allow-code";
    expectRefusal(
      await run("evaluate", "debate.yaml", "pairs.jsonl", allow),
      "debate.yaml:3",
      "expected the nodes { talk, vote }",
    );
    expectRefusal(
      await run("evolve", "coevol.yaml", "data.json", allow),
      "coevol.yaml:4",
      "expected the nodes { position, crossReview }",
    );
  });

  it("with --dry-run as well", async () => {
    const { run } = workspace({ "loop.yaml": loop("./absent.ts#critic") });
    const end = await run("generate", "loop.yaml", "prompts.jsonl", "--allow-code", "--dry-run");
    expectRefusal(end, "loop.yaml:7", "absent.ts");
  });
});

describe("a run with a custom node", () => {
  const files = {
    "own.ts": `import { one } from "./one.js"; import "./two.ts";\n${critic}\nexport { one };`,
    "one.ts": "export const one: number = 1;",
    "two.ts": "export const two: number = 2;",
    "loop.yaml": loop("./own.ts#critic"),
  };

  it("says what code it runs, fails the rows in which it fails, and finishes the others", async () => {
    const { run, json, lines, out } = workspace(files);
    const end = await run("generate", "loop.yaml", "prompts.jsonl", "--allow-code", "--quiet");
    expect(end.code).toBe(3);
    const manifest = json("out", "run.json");
    const { code } = manifest;
    expect(Object.keys(code)).toEqual(["own.ts", "one.ts", "two.ts"]);
    expect(end.stderr).toContain(
      `Code: own.ts runs with all your rights (SHA-256 ${code["own.ts"]}).`,
    );
    expect(end.stderr).toContain(`one.ts (SHA-256 ${code["one.ts"]})`);
    expect(manifest.agents).toContainEqual({
      name: "critic",
      role: "reviewer",
      model: "none",
      node: "own.ts#critic",
    });
    expect(manifest).toMatchObject({ rows: 4, done: 2, failed: 2, pending: 0 });
    expect(lines("out", "failed.jsonl")).toEqual([
      {
        id: "2",
        row: 2,
        reason: "node_failed",
        detail: "critic (own.ts#critic): threw it said throw",
      },
      {
        id: "4",
        row: 4,
        reason: "bad_node",
        detail: expect.stringContaining("reviews: Invalid input: expected array"),
      },
    ]);
    expect(lines("out", "rows.jsonl").map(({ id }) => id)).toEqual(["1", "3"]);
    expect(json("out", "summary.json").failures).toEqual({ bad_node: 1, node_failed: 1 });
    expect(readFileSync(join(out, "README.md"), "utf8")).toContain(
      "`none`, in the node `own.ts#critic`",
    );
    // Two reviewers' worth of calls were made by one: what the other was shown is unknown.
    expect(
      new Set(lines("out", "multi-agent", "reviewer.kto.jsonl").map(({ source }) => source.agent)),
    ).toEqual(new Set(["kind"]));
  });

  it("goes on with the same code, and refuses changed code with the file named", async () => {
    const { run, at } = workspace(files);
    const generate = () => run("generate", "loop.yaml", "prompts.jsonl", "--allow-code", "--json");
    expect((await generate()).code).toBe(3);
    const again = await generate();
    expect(again.code).toBe(3);
    writeFileSync(at("own.ts"), files["own.ts"].replace("Shorter.", "Longer."));
    expectRefusal(await generate(), "code.own.ts: ", " there, ", "--fresh");
    writeFileSync(at("own.ts"), files["own.ts"]);
    writeFileSync(at("one.ts"), "export const one: number = 2;");
    expectRefusal(await generate(), "code.one.ts: ");
    writeFileSync(at("one.ts"), files["one.ts"]);
    writeFileSync(at("two.ts"), "export const two: number = 3;");
    expectRefusal(await generate(), "code.two.ts: ");
    writeFileSync(at("two.ts"), files["two.ts"]);
    expect((await generate()).stdout).toBe(again.stdout);
  });

  it("leaves --model SPEC to those that ask a model, and gives one to it by name", async () => {
    const { run, json } = workspace(files);
    await run("generate", "loop.yaml", "prompts.jsonl", "--allow-code", "--model", "sim:new");
    const models = () => json("out", "run.json").agents.map(({ model }: Written) => model);
    expect(models()).toEqual(["sim:new", "sim:new", "none", "sim:new"]);
    await run(
      "generate",
      "loop.yaml",
      "prompts.jsonl",
      "--allow-code",
      "--model",
      "critic=sim:new",
      "--fresh",
    );
    expect(models()).toEqual(["sim:oak", "sim:elm", "sim:new", "sim:yew"]);
  });

  it("counts it among no calls of a forecast where it has no model", async () => {
    const { run } = workspace(files);
    const end = await run(
      "generate",
      "loop.yaml",
      "prompts.jsonl",
      "--allow-code",
      "--dry-run",
      "--json",
    );
    // Two responses, one review, one verdict.
    expect(JSON.parse(end.stdout).dryRun).toMatchObject({ rows: 4, calls: 16 });
  });

  it("fails a judge's rows, and leaves a juror out of its jury's", async () => {
    const own = `export const own = ({ agent }) => (state) => {
      if (state.prompt[0].content === "throw") throw new Error("no verdict");
      return { readings: [{ agent: agent.name, model: agent.model, view: "plain", outcome: "answered", winner: "a", scores: null, score: null }] };
    };`;
    const { run, lines, json } = workspace({
      "own.ts": own,
      "judge.yaml": judge("./own.ts#own"),
      "jury.yaml": jury("./own.ts#own"),
    });
    const alone = await run("evaluate", "judge.yaml", "pairs.jsonl", "--allow-code");
    expect(alone.code).toBe(3);
    expect(lines("out", "failed.jsonl")).toMatchObject([{ row: 2, reason: "node_failed" }]);
    expect(json("out", "summary.json")).toMatchObject({ calls: 0, wins: { a: 2 } });
    const together = await run("evaluate", "jury.yaml", "pairs.jsonl", "--allow-code", "--fresh");
    expect(together.code).toBe(0);
    expect(lines("out", "rows.jsonl")[1].votes).toMatchObject([
      { agent: "own", model: "none", winner: "none", parsed: false },
      { agent: "ash", parsed: true },
    ]);
  });

  it("fails the row wherever it stands: in a debate that reviews, or in a later step of a chain", async () => {
    const side = `export const own = () => ({
      position: (state) => {
        if (state.prompt[0].content === "throw") throw new Error("no position");
        return {};
      },
      crossReview: () => ({}),
    });
    export const editor = () => (state) => {
      if (state.prompt[0].content === "throw") throw new Error("no rewrite");
      return { rewrite: "Better." };
    };`;
    const elm = '{ model: "sim:elm" }';
    const reviewer = `graph: debate, agents: { positive: { node: "./own.ts#own" }, critical: ${elm}, advisor: ${elm} }`;
    const { run, lines } = workspace({
      "own.ts": side,
      "loop.yaml": loop("x").replace('name: critic, node: "x"', reviewer),
      "coevol.yaml": coevol("editor", "./own.ts#editor"),
      "chain.yaml": `graph: chain\nsteps:\n  - { graph: single, agents: { generator: ${elm} } }\n  - { file: coevol.yaml }\n`,
    });
    const failed = [{ row: 2, reason: "node_failed" }];
    const debated = await run("generate", "loop.yaml", "prompts.jsonl", "--allow-code");
    expect(debated.stderr).not.toContain("bug of ours");
    expect(lines("out", "failed.jsonl")).toMatchObject(failed);
    const chained = await run("generate", "chain.yaml", "prompts.jsonl", "--allow-code", "--fresh");
    expect({ debated: debated.code, chained: chained.code }).toEqual({ debated: 3, chained: 3 });
    expect(lines("out", "failed.jsonl")).toMatchObject(failed);
    expect(lines("out", "failed.jsonl")[0].detail).toContain("step-2.editor (own.ts#editor)");
    expect(lines("out", "rows.jsonl")).toHaveLength(3);
  });

  it("fails the row of an answer that CoEvol could not improve for it, and keeps the answer", async () => {
    const own = `export const own = () => (state) => {
      if (state.prompt[0].content.includes("throw")) return { rewrite: 7 };
      return { rewrite: "Better." };
    };`;
    const { run, lines, json } = workspace({
      "own.ts": own,
      "coevol.yaml": coevol("editor", "./own.ts#own"),
    });
    const end = await run("evolve", "coevol.yaml", "data.json", "--allow-code");
    expect(end.code).toBe(3);
    expect(lines("out", "failed.jsonl")).toMatchObject([
      {
        row: 2,
        reason: "bad_node",
        detail: expect.stringContaining("editor (own.ts#own): rewrite: "),
      },
    ]);
    expect(json("out", "evolved.json")[1]).toEqual({
      instruction: "throw",
      input: "",
      output: "Another.",
    });
  });
});

describe("the example of own critics", () => {
  const argv = (out: string) => [
    join(project, "examples", "own-critics.yaml"),
    "--input",
    join(project, "examples", "demo", "prompts.jsonl"),
    "--out",
    out,
    "--limit",
    "6",
  ];

  it("runs as it stands, in a process of its own", async () => {
    const out = join(temporaryDirectory(), "out");
    const refused = startCommand("generate", argv(out), { directory: project });
    expect(await refused.ended).toEqual({ code: 2, signal: null });
    expect(refused.printed.stderr).toMatch(/own-critics\.yaml:9: .*--allow-code/);
    const command = startCommand("generate", [...argv(out), "--allow-code"], {
      directory: project,
    });
    expect(await command.ended).toEqual({ code: 0, signal: null });
    expect(command.printed.stderr).toContain("Code: examples/second-look.ts runs");
    expect(command.printed.stderr).toContain("Code: examples/length-critic.ts runs");
    const rows = readFileSync(join(out, "rows.jsonl"), "utf8").trim().split("\n");
    const { transcript, reviews }: Written = JSON.parse(rows[0] ?? "");
    const asked = transcript.map(({ agent, part, turn }: Written) => `${agent} ${part} ${turn}`);
    expect(asked).toContain("second-look second-look 1");
    expect(asked.filter((one: string) => one.startsWith("length"))).toEqual([]);
    expect(reviews).toContainEqual(expect.objectContaining({ reviewer: "second-look", round: 2 }));
  });
});
