import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  serverKey,
  startDatasetServer,
  type DatasetServerOptions,
} from "../../tests/langsmith/dataset-server.ts";
import { runScript, type ScriptEnd } from "../../tests/run-script.ts";
import { openWorkspace } from "../../tests/workspace.ts";

const root = join(import.meta.dirname, "..", "..");
const pairs = join(root, "examples", "evals", "pairs.jsonl");
const preset = (name: string) => join(root, "topologies", `${name}.yaml`);

/** A server that the commands of this test reach, and no other. */
async function startServer(options?: DatasetServerOptions) {
  const server = await startDatasetServer(options);
  onTestFinished(() => server.close());
  vi.stubEnv("LANGSMITH_ENDPOINT", server.url);
  vi.stubEnv("LANGSMITH_API_KEY", serverKey);
  onTestFinished(() => void vi.unstubAllEnvs());
  return server;
}

const push = (...argv: string[]) => runScript("dataset", ["push", ...argv]);
const pull = (...argv: string[]) => runScript("dataset", ["pull", ...argv]);

function expectRefusal(end: ScriptEnd, code: number, reason: string): void {
  expect(end.code).toBe(code);
  expect(end.stdout).toBe("");
  expect(end.stderr).toContain(reason);
  expect(end.stderr).not.toContain("bug of ours");
}

describe("dataset:push and dataset:pull", () => {
  it("bring pairs there and back, and pushing again adds nothing", async () => {
    const server = await startServer();
    const space = openWorkspace();
    const first = await push(pairs, "--name", "fellowship-pairs");
    expect(first).toMatchObject({
      code: 0,
      stdout: "fellowship-pairs: 24 rows added, 0 were there.\n",
    });
    expect(first.stderr).toContain(
      `Rows (pairs) go to the data set fellowship-pairs at ${server.url}.`,
    );
    const again = await push(pairs, "--name", "fellowship-pairs");
    expect(again.stdout).toBe("fellowship-pairs: 0 rows added, 24 were there.\n");
    const file = space.at("back.jsonl");
    const back = await pull("fellowship-pairs", "--to", file);
    expect(back).toEqual({ code: 0, stdout: `${file}: 24 rows (pairs)\n`, stderr: "" });
    const lines = readFileSync(pairs, "utf8").trim().split("\n");
    expect(space.lines("back.jsonl")).toEqual(lines.map((line) => JSON.parse(line) as unknown));
    expectRefusal(
      await pull("fellowship-pairs", "--to", file),
      2,
      "overwrite the file with --force",
    );
    expect(await pull("fellowship-pairs", "--to", file, "--force")).toMatchObject({ code: 0 });
  });

  it("say what would be sent and where, and send nothing, without a key too", async () => {
    const server = await startServer();
    vi.stubEnv("LANGSMITH_API_KEY", undefined);
    const dry = await push(pairs, "--name", "x", "--limit", "5", "--dry-run");
    expect(dry).toEqual({
      code: 0,
      stdout: `Would send 5 rows (pairs) to the data set x at ${server.url}. Nothing was sent.\n`,
      stderr: "",
    });
    expectRefusal(await push(pairs, "--name", "x"), 2, "LANGSMITH_API_KEY is missing");
    expectRefusal(await pull("x", "--to", "x.jsonl"), 2, "LANGSMITH_API_KEY is missing");
    expect(server.requests).toEqual([]);
  });

  it.each([
    [
      "generate",
      "single",
      "prompts.jsonl",
      [{ id: "one", prompt: "Why?", topic: "sky" }],
      { round: 1 },
    ],
    [
      "evaluate",
      "judge",
      "pairs.jsonl",
      [{ id: "one", prompt: "Why?", a: { text: "x" }, b: { text: "y" }, label: "a" }],
      {},
    ],
    [
      "evolve",
      "coevol",
      "rows.json",
      [{ id: "one", instruction: "Why?", input: "", output: "So." }],
      {},
    ],
  ])(
    "bring the results of %s, as rows that its command reads again",
    async (command, name, input, rows, result) => {
      const server = await startServer();
      const space = openWorkspace();
      space.write(input, JSON.stringify(rows));
      if (input.endsWith(".jsonl")) space.write(input, rows);
      const run = (file: string, out: string) =>
        runScript(command, [
          preset(name),
          "--input",
          space.at(file),
          "--out",
          space.at(out),
          "--model",
          "sim:oak",
          "--quiet",
        ]);
      expect(await run(input, "out")).toMatchObject({ code: 0 });
      expect(await push(space.at("out"), "--name", "results")).toMatchObject({ code: 0 });
      const told = await push(space.at("out"), "--name", "results");
      expect(told.stdout).toBe("results: 0 rows added, 1 was there.\n");
      expect(server.examples).toMatchObject([
        {
          metadata: {
            fellowship: "results",
            row: 1,
            id: "one",
            run: { command, models: ["sim:oak"] },
          },
        },
      ]);
      const outputs = server.examples[0]?.outputs ?? {};
      if (command === "evaluate") expect(["a", "b", "tie"]).toContain(outputs["winner"]);
      else expect(outputs["response"]).toEqual(expect.any(String));
      expect(await pull("results", "--to", space.at("back.jsonl"))).toMatchObject({ code: 0 });
      expect(space.lines("back.jsonl")).toMatchObject([{ ...rows[0], result }]);
      expect(await run("back.jsonl", "again")).toMatchObject({ code: 0 });
    },
  );

  it("push what can be used of a file, and say what can't", async () => {
    const server = await startServer();
    const space = openWorkspace();
    const file = space.write("rows.jsonl", '{"prompt": "Why?"}\nno json\n{"prompt": ""}\n');
    const end = await push(file, "--name", "x");
    expect(end).toMatchObject({ code: 3, stdout: "x: 1 row added, 0 were there.\n" });
    expect(end.stderr).toMatch(/2 rows could not be used; the first: line 2: /);
    expect(server.examples).toHaveLength(1);
  });

  it("end with 8 where LangSmith is not there, or refuses", async () => {
    const server = await startServer();
    vi.stubEnv("LANGSMITH_API_KEY", "another");
    expectRefusal(await pull("x", "--to", "x.jsonl"), 8, "Invalid token");
    await server.close();
    expectRefusal(
      await pull("x", "--to", "x.jsonl"),
      8,
      `LangSmith at ${server.url} would not answer`,
    );
  });

  it("show what stands in a data set without letting it write to the terminal", async () => {
    const inputs = { prompt: "x", a: { text: "" }, b: { text: "" }, label: "\u001b[2Jgone" };
    await startServer({ given: [{ name: "x", examples: [{ inputs }] }] });
    const end = await pull("x", "--to", openWorkspace().at("x.jsonl"));
    expect(end.code).toBe(3);
    expect(end.stderr).not.toContain("\u001b");
  });

  it.each([
    [["push", pairs], "--name NAME is missing"],
    [["push", "--name", "x"], "Expected one file or directory"],
    [["push", pairs, "more", "--name", "x"], "Expected one file or directory"],
    [
      ["push", pairs, "--name", "x", "--kind", "results"],
      "--kind: expected one of prompts, pairs, got results",
    ],
    [
      ["push", pairs, "--name", "x", "--limit", "0"],
      "--limit: expected a whole number above 0, got 0",
    ],
    [["push", pairs, "--name", "x", "--force"], "--force is no option of push"],
    [["push", "absent.jsonl", "--name", "x", "--dry-run"], "absent.jsonl"],
    [
      ["push", import.meta.dirname, "--name", "x", "--dry-run"],
      "holds no finished run (no run.json)",
    ],
    [["pull", "--to", "x.jsonl"], "Expected one data set"],
    [["pull", "x"], "--to FILE is missing"],
    [["pull", "x", "--to", "x.csv"], "expected a name that ends in .jsonl"],
    [["pull", "x", "--to", "x.jsonl", "--dry-run"], "--dry-run is no option of pull"],
    [
      ["pull", "x", "--to", "x.jsonl", "--kind", "all"],
      "--kind: expected one of prompts, pairs, instructions",
    ],
    [["fetch", "x"], "Expected push or pull, got fetch"],
    [["push", "--what"], "--what"],
  ])("refuse %j", async (argv, reason) => {
    const server = await startServer();
    expectRefusal(await runScript("dataset", argv), 2, reason);
    expect(server.requests).toEqual([]);
  });

  it("help", async () => {
    const end = await runScript("dataset", ["push", "--help"]);
    expect(end).toMatchObject({ code: 0, stderr: "" });
    expect(end.stdout).toMatch(/^Usage: fellowship dataset push /);
  });
});
