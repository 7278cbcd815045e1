import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { runExamples } from "./run-examples.ts";

const manifest = (command: string, changes: object = {}) => ({
  command,
  topology: { graph: "some" },
  agents: [
    { name: "one", model: "sim:oak" },
    { name: "two", model: "sim:oak" },
  ],
  prompts: { generator: "abc" },
  input: { path: "/somewhere/rows.jsonl", sha256: "def" },
  seconds: 12,
  ...changes,
});

/** The examples of a directory that holds a manifest and these rows. */
async function examplesOf(run: object | string, ...rows: readonly unknown[]) {
  const directory = temporaryDirectory({
    "run.json": typeof run === "string" ? run : JSON.stringify(run),
    "rows.jsonl": rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
  });
  const examples = [];
  for await (const read of runExamples(directory)) examples.push(read);
  return examples;
}

const input = { id: "x", prompt: "Why?", topic: "sky" };

describe("the examples of a run", () => {
  it("hold the best response of a generation, of the right reviewer where a round has several", async () => {
    const responses = [
      { round: 1, text: "first" },
      { round: 2, text: "kind", reviewer: "kind" },
      { round: 2, text: "strict", reviewer: "strict" },
    ];
    const rows = [
      { id: "x", row: 1, input, responses, best: 1 },
      { id: "y", row: 4, input, responses, best: 2, bestReviewer: "strict" },
    ];
    const read = await examplesOf(manifest("generate"), ...rows);
    expect(read).toMatchObject([
      {
        ok: true,
        example: {
          inputs: { prompt: "Why?" },
          outputs: { response: "first", round: 1 },
          metadata: { fellowship: "results", row: 1, id: "x", fields: { topic: "sky" } },
        },
      },
      { example: { outputs: { response: "strict", round: 2 }, metadata: { row: 4 } } },
    ]);
  });

  it("hold the verdict of an evaluation, and keep people's label out of it", async () => {
    const pair = { prompt: "Why?", a: { text: "1" }, b: { text: "2" }, label: "b" };
    const line = {
      id: "1",
      row: 1,
      winner: "a",
      scores: { a: 7, b: 5 },
      flipped: false,
      label: "b",
      votes: [],
    };
    const [read] = await examplesOf(manifest("evaluate"), { ...line, input: pair });
    expect(read).toMatchObject({
      example: {
        inputs: { prompt: "Why?", a: { text: "1" }, b: { text: "2" } },
        outputs: { winner: "a", scores: { a: 7, b: 5 }, flipped: false },
        metadata: { fields: { label: "b" } },
      },
    });
  });

  it("hold the last answer of an evolution as it stands in the end", async () => {
    const responses = [
      { turn: 1, round: 0, text: "given" },
      { turn: 1, round: 1, text: "better", accepted: true },
      { turn: 1, round: 2, text: "no better", accepted: false },
    ];
    const answers = [{ turn: 1, rounds: 1 }];
    const given = { instruction: "Why?", output: "given" };
    const rows = [
      { id: "1", row: 1, input: given, answers, responses },
      { id: "2", row: 2, input: given, answers, responses: responses.slice(0, 1) },
    ];
    expect(await examplesOf(manifest("evolve"), ...rows)).toMatchObject([
      { example: { inputs: given, outputs: { response: "better", answers } } },
      { example: { outputs: { response: "given" } } },
    ]);
  });

  it("tell what the run was, and nothing of where and when", async () => {
    const row = { id: "1", row: 1, input, responses: [], best: 1 };
    const runOf = async (changes?: object) => {
      const [read] = await examplesOf(manifest("generate", changes), row);
      return read?.ok === true ? read.example.metadata["run"] : undefined;
    };
    const run = await runOf();
    expect(run).toEqual({
      command: "generate",
      graph: "some",
      models: ["sim:oak"],
      input: "def",
      plan: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    });
    expect(await runOf({ seconds: 99, input: { path: "elsewhere", sha256: "def" } })).toEqual(run);
    expect(await runOf({ prompts: { generator: "other" } })).not.toEqual(run);
  });

  it.each([
    ["another command", JSON.stringify(manifest("replicate"))],
    ["no JSON", "{"],
    ["no manifest", "[]"],
  ])("are not made of %s", async (_, run) => {
    await expect(examplesOf(run)).rejects.toThrow("is no manifest of generate, evaluate or evolve");
  });
});
