import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { withLoopbackServer } from "../../tests/loopback/loopback-server.ts";
import { openAiSpeaker } from "../../tests/loopback/speakers.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import type { CommandOptions } from "../command-options.ts";
import { evaluateAll } from "../evaluate/evaluate.ts";
import { forecastGenerate, generate } from "../generate/generate.ts";

const topology = (name: string) =>
  join(import.meta.dirname, "..", "..", "topologies", `${name}.yaml`);
const single = topology("single");
const models = ["openai:gpt-4o-mini"];

const code = (run: Promise<unknown>) =>
  run.then(
    () => "done",
    (error: unknown) => (isFellowshipError(error) ? error.code : error),
  );

/** Five prompts, three of them answered. */
async function begun() {
  const space = openWorkspace();
  space.write(
    "prompts.jsonl",
    Array.from({ length: 5 }, (_, index) => ({ prompt: `Question ${index}?` })),
  );
  return withLoopbackServer(
    () => openAiSpeaker.answer(),
    async ({ url }) => {
      const environment = { OPENAI_API_KEY: "test-key", OPENAI_BASE_URL: `${url}/v1` };
      const options = (changes: Partial<CommandOptions> = {}) =>
        space.options("prompts.jsonl", "out", { models, environment, ...changes });
      await generate(single, options({ limit: 3 }));
      return { space, options, spent: space.json("out", "run.json").spent.usd as number };
    },
  );
}

describe("a forecast in a directory that holds a run", () => {
  it("leaves out what is done, and counts what was spent against the budget", async () => {
    const { options, spent } = await begun();
    const forecast = await forecastGenerate(single, options({ budgetUsd: 1 }));
    expect(forecast).toMatchObject({ rows: 2, calls: 2, budget: { reachedAtRow: null } });
    expect(forecast.budget?.spentUsd).toBeCloseTo(spent, 8);
    expect(forecast.assumptions).toContainEqual(expect.stringContaining("left out (3)"));
    const most = forecast.budget?.largestCallUsd ?? 0;
    const [enough, short] = [spent + 2.5 * most, spent + 0.5 * most];
    expect((await forecastGenerate(single, options({ budgetUsd: enough }))).budget).toMatchObject({
      reachedAtRow: null,
    });
    expect((await forecastGenerate(single, options({ budgetUsd: short }))).budget).toMatchObject({
      reachedAtRow: 4,
    });
  });

  it("refuses what the run would refuse, and changes nothing", async () => {
    const { space, options } = await begun();
    const before = space.files("out").map((name) => [name, space.text("out", name)]);
    space.write("others.jsonl", [{ prompt: "Another?" }]);
    const other = { ...options(), input: space.at("others.jsonl") };
    expect(await code(forecastGenerate(single, other))).toBe("directory_differs");
    expect(await code(forecastGenerate(single, { ...other, fresh: true }))).toBe("done");
    const file = options({ directory: space.at("prompts.jsonl") });
    expect(await code(forecastGenerate(single, file))).toBe("storage_failed");
    const foreign = options({ directory: space.at() });
    expect(await code(forecastGenerate(single, foreign))).toBe("bad_usage");
    expect(await code(forecastGenerate(single, options({ directory: "" })))).toBe("done");
    expect(space.files("out").map((name) => [name, space.text("out", name)])).toEqual(before);
  });
});

describe("several evaluators", () => {
  it("begin only where all of their directories can be used", async () => {
    const space = openWorkspace();
    const pair = { prompt: "?", a: { text: "A" }, b: { text: "B" } };
    space.write("pairs.jsonl", [pair]);
    space.write("others.jsonl", [{ ...pair, prompt: "Another?" }]);
    const both = [topology("judge"), topology("jury")];
    const options = (input: string) => space.options(input, "out", { models: ["sim:oak"] });
    await evaluateAll(both, options("others.jsonl"));
    const fresh = space.options("pairs.jsonl", join("out", "judge"), {
      models: ["sim:oak"],
      fresh: true,
    });
    await evaluateAll([topology("judge")], { ...fresh, directory: space.at("out") });
    expect(await code(evaluateAll(both, options("pairs.jsonl")))).toBe("directory_differs");
  });
});

describe("--fresh", () => {
  it("moves neither the input nor the working directory away", async () => {
    const space = openWorkspace();
    mkdirSync(space.at("out"));
    space.write(join("out", "prompts.jsonl"), [{ prompt: "?" }]);
    const options = (directory: string) => ({
      ...space.options(join("out", "prompts.jsonl"), "out", { models: ["sim:oak"], fresh: true }),
      directory,
    });
    expect(await code(generate(single, options(space.at("out"))))).toBe("bad_usage");
    expect(await code(generate(single, options(space.at("out", "..", "out/"))))).toBe("bad_usage");
    expect(space.files("out")).toEqual(["prompts.jsonl"]);
  });
});

describe("an input that can be read only once", () => {
  it("is refused before anything is made", async () => {
    const space = openWorkspace();
    execFileSync("mkfifo", [space.at("prompts.jsonl")]);
    const options = space.options("prompts.jsonl", "out", { models: ["sim:oak"] });
    expect(await code(generate(single, options))).toBe("bad_input");
    expect(await code(forecastGenerate(single, options))).toBe("bad_input");
    expect(space.files()).toEqual([]);
  });
});
