import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openWorkspace } from "../../tests/workspace.ts";
import { evaluate, forecastEvaluate, forecastEvaluateAll } from "../evaluate/evaluate.ts";
import { forecastEvolve } from "../evolve/evolve.ts";
import { roughTokens, sumForecasts } from "./forecast.ts";
import { forecastGenerate, generate } from "../generate/generate.ts";

const topologies = join(import.meta.dirname, "..", "..", "topologies");
const sim = { models: ["sim:oak"] };
const two = "agents.reviewers=[{name: one, model: sim:x}, {name: two, model: sim:x}]";
const judge = "evaluator={graph: judge, agents: {judge: {model: sim:x}}}";

function workspace() {
  const space = openWorkspace();
  space.write("prompts.jsonl", [{ prompt: "One?" }, { prompt: 2 }, { prompt: "Three?" }]);
  const pair = { prompt: "?", a: { text: "yes" }, b: { text: "no" } };
  space.write("pairs.jsonl", [pair, { prompt: "?" }, pair]);
  return space;
}

describe("a forecast", () => {
  it.each([
    ["single", []],
    ["single", ["samples=3", judge]],
    ["feedback-loop", []],
    ["feedback-loop", [two, "iterations=2", "evaluator.orders=both"]],
    ["feedback-loop", [two, "branch=true"]],
  ])("counts the calls that a run of %s makes, %j", async (name, sets) => {
    const space = workspace();
    const topology = join(topologies, `${name}.yaml`);
    const options = space.options("prompts.jsonl", "out", { ...sim, sets });
    const { rows, unusable, calls, cost } = await forecastGenerate(topology, options);
    expect({ rows, unusable, cost }).toEqual({
      rows: 3,
      unusable: 1,
      cost: { usd: 0, unknown: 0 },
    });
    expect((await generate(topology, options)).summary.calls).toBe(calls);
  });

  it.each([
    ["judge", ["orders=both"]],
    ["judge", ["strategy=independent"]],
    ["jury", []],
    ["debate", ["rounds=3"]],
  ])("counts the calls that an evaluation by %s makes, %j", async (name, sets) => {
    const space = workspace();
    const topology = join(topologies, `${name}.yaml`);
    const options = space.options("pairs.jsonl", "out", { ...sim, sets });
    const { calls, unusable } = await forecastEvaluate(topology, options);
    expect(unusable).toBe(1);
    expect((await evaluate(topology, options)).summary.calls).toBe(calls);
  });

  it("asks no more rows than it is limited to, and names what has no price", async () => {
    const space = workspace();
    const options = space.options("prompts.jsonl", "out", {
      models: ["compatible:mine"],
      environment: { OPENAI_COMPATIBLE_BASE_URL: "http://models.example/v1" },
      limit: 1,
    });
    const { rows, calls, cost, assumptions } = await forecastGenerate(
      join(topologies, "single.yaml"),
      options,
    );
    expect({ rows, calls, cost }).toEqual({ rows: 1, calls: 1, cost: { usd: 0, unknown: 1 } });
    expect(assumptions.join("\n")).toContain("compatible:mine has no price");
  });
});

describe("the time of a forecast", () => {
  const hosted = {
    models: ["openai:gpt-4o-mini"],
    environment: { OPENAI_API_KEY: "test-key" },
    concurrency: 2,
  };
  /** A second until an answer begins, and then 50 tokens a second. */
  const [response, review, verdict] = [1 + 400 / 50, 1 + 300 / 50, 1 + 250 / 50];

  it.each([
    ["single", [], response],
    ["single", ["samples=3", judge.replace("sim:x", "openai:gpt-4o")], 3 * response + 2 * verdict],
    ["single", ["agents.generator.maxTokens=50"], 2],
    ["feedback-loop", ["iterations=2"], 2 * response + review + verdict],
    // Reviewers and swapped orders stand side by side; branches too, and their contests one after
    // another.
    [
      "feedback-loop",
      [two, "iterations=2", "evaluator.orders=both"],
      2 * response + review + verdict,
    ],
    ["feedback-loop", [two, "iterations=2", "branch=true"], 2 * response + review + 2 * verdict],
  ])(
    "is as long as the calls of a row that wait for each other: %s %j",
    async (name, sets, row) => {
      const space = workspace();
      space.write(
        "prompts.jsonl",
        Array.from({ length: 5 }, () => ({ prompt: "Why?" })),
      );
      const seconds = async (concurrency: number) => {
        const real = sets.map((set) => set.replaceAll("sim:x", "openai:gpt-4o"));
        const options = space.options("prompts.jsonl", "out", {
          ...hosted,
          sets: real,
          concurrency,
        });
        return (await forecastGenerate(join(topologies, `${name}.yaml`), options)).seconds;
      };
      expect(await seconds(5)).toBeCloseTo(row, 6);
      expect(await seconds(1_000)).toBeCloseTo(row, 6);
      expect(await seconds(2)).toBeCloseTo((5 * row) / 2, 6);
    },
  );

  it("of a debate has all speak in turn, and vote at once", async () => {
    const space = workspace();
    const options = space.options("pairs.jsonl", "out", { ...hosted, concurrency: 9 });
    const debate = await forecastEvaluate(join(topologies, "debate.yaml"), options);
    expect(debate.seconds).toBeCloseTo((2 * 3 + 1) * review, 6);
    const jury = await forecastEvaluate(join(topologies, "jury.yaml"), options);
    expect(jury.seconds).toBeCloseTo(verdict, 6);
  });

  it("of a conversation improves one answer after another", async () => {
    const space = workspace();
    const message = (from: string, value: string) => ({ from, value });
    const exchange = [message("human", "Why?"), message("gpt", "Because.")];
    space.write("data.jsonl", [{ conversations: [...exchange, ...exchange] }]);
    const sets = ["maxIterations=1"];
    const options = space.options("data.jsonl", "out", { ...hosted, sets });
    const { seconds } = await forecastEvolve(join(topologies, "coevol.yaml"), options);
    expect(seconds).toBeCloseTo(2 * (3 * review + response + verdict), 6);
  });

  it("is what limits allow, where that is longer", async () => {
    const space = workspace();
    space.write(
      "prompts.jsonl",
      // At temperature 0 the same prompt would be asked once.
      Array.from({ length: 30 }, (_, row) => ({ prompt: `Why ${row}?` })),
    );
    const single = join(topologies, "single.yaml");
    const limited = (limits: string) =>
      forecastGenerate(
        single,
        space.options("prompts.jsonl", "out", {
          ...hosted,
          concurrency: 30,
          sets: [`limits=${limits}`],
        }),
      );
    expect((await limited("{openai: {requestsPerMinute: 60}}")).seconds).toBe(30);
    const model = "openai:gpt-4o-mini";
    expect((await limited(`{"${model}": {concurrency: 3}}`)).seconds).toBe(10 * response);
    const { seconds, tokens, assumptions } = await limited("{openai: {tokensPerMinute: 6000}}");
    expect(seconds).toBeCloseTo((tokens.in + tokens.out) / 100, 1);
    expect(assumptions).toContain("the time is what limits allow: tokensPerMinute of openai");
    expect((await limited("{google: {requestsPerMinute: 1}}")).seconds).toBe(response);
    expect((await limited("{openai: {requestsPerMinute: 6000}}")).seconds).toBe(response);
  });

  it("is none for models in the process", async () => {
    const space = workspace();
    const { seconds, assumptions } = await forecastGenerate(
      join(topologies, "feedback-loop.yaml"),
      space.options("prompts.jsonl", "out", sim),
    );
    expect(seconds).toBe(0);
    expect(assumptions).toContain("models that answer in this process take no time");
  });

  it("adds up over evaluators, as do calls, tokens and dollars; a budget is for all of them", async () => {
    const space = workspace();
    const paths = ["judge", "jury"].map((name) => join(topologies, `${name}.yaml`));
    const options = space.options("pairs.jsonl", "out", hosted);
    const forecasts = (await forecastEvaluateAll(paths, options)).map(([, one]) => one);
    const total = sumForecasts(forecasts);
    expect(total.calls).toBe((forecasts[0]?.calls ?? 0) + (forecasts[1]?.calls ?? 0));
    expect(total.seconds).toBeCloseTo(
      (forecasts[0]?.seconds ?? 0) + (forecasts[1]?.seconds ?? 0),
      6,
    );
    expect(total.cost.usd).toBeGreaterThan(forecasts[0]?.cost.usd ?? Infinity);
    const reached = async (budgetUsd: number) =>
      (await forecastEvaluateAll(paths, { ...options, budgetUsd })).map(
        ([, { budget }]) => budget?.reachedAtRow,
      );
    const large = await forecastEvaluateAll(paths, { ...options, budgetUsd: 1_000 });
    const aside = Math.max(...large.map(([, { budget }]) => budget?.largestCallUsd ?? 0));
    expect(aside).toBeGreaterThan(0);
    expect(await reached(total.cost.usd + aside)).toEqual([null, null]);
    // What is spent in the end is enough for the worst case of no call.
    expect(await reached(total.cost.usd)).toEqual([1, 1]);
    expect(await reached(0)).toEqual([1, 1]);
  });

  it("checks how the run would be traced, and sends nothing", async () => {
    const space = workspace();
    const topology = join(topologies, "single.yaml");
    const environment = { LANGSMITH_TRACING: "true", LANGSMITH_API_KEY: "a-key" };
    const dry = (more: Record<string, string>) =>
      forecastGenerate(
        topology,
        space.options("prompts.jsonl", "out", { ...sim, environment: { ...environment, ...more } }),
      );
    await expect(dry({ LANGSMITH_HIDE_INPUTS: "yes" })).rejects.toThrow("expected true or false");
    await expect(dry({ LANGSMITH_ENDPOINT: "smith" })).rejects.toThrow("LANGSMITH_ENDPOINT");
    expect((await dry({})).rows).toBe(3);
  });
});

describe("roughTokens", () => {
  it("takes four Latin characters for a token, and one of other scripts for nearly one", () => {
    expect(roughTokens("")).toBe(0);
    expect(roughTokens("abcdefgh")).toBe(2);
    expect(roughTokens("你好你好你")).toBe(4);
  });
});
