import { expect, it } from "vitest";
import { DpoLine } from "../../datasets/export/preference-lines.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import { evolve } from "../evolve/evolve.ts";
import { generate } from "./generate.ts";

/** Recipes of published preference data, with simulated models of known skill. */

const rows = 6;
const skills = { "gemma-2-9b": 0.4, "gpt-4o-mini": 0.8, "mistral-7b": 0.2 };
const judges = ["sim:judge?noise=0"];

function open() {
  const space = openWorkspace();
  const numbers = Array.from({ length: rows }, (_, index) => index);
  space.write(
    "prompts.jsonl",
    numbers.map((number) => ({ prompt: `Question ${number}?` })),
  );
  space.write(
    "answers.jsonl",
    numbers.map((number) => ({ instruction: `Question ${number}?`, output: `It is ${number}.` })),
  );
  return { space, pairs: () => space.lines("out", "dpo.jsonl").map((line) => DpoLine.parse(line)) };
}

function models(policy: string) {
  const others = Object.entries({ ...skills, [policy]: 0.6 });
  return [
    ...judges,
    ...others.map(([name, skill]) => `${name}=sim:${name}?skill=${skill}&spread=0`),
  ];
}

it.each([
  { recipe: "ultrafeedback", policy: "llama-3.1-8b" },
  { recipe: "tulu-3", policy: "policy" },
])("recovers the planted order of the models: $recipe", async ({ recipe, policy }) => {
  const { space, pairs } = open();
  const changes = { models: models(policy) };
  const { summary } = await generate(
    `recipes/${recipe}`,
    space.options("prompts.jsonl", "out", changes),
  );
  expect(summary).toMatchObject({ done: rows, bestAgent: { "gpt-4o-mini": rows }, pairs: rows });
  for (const { responses } of space.lines("out", "rows.jsonl")) {
    const ranked = responses.toSorted(
      (one: { rating: number }, other: { rating: number }) => other.rating - one.rating,
    );
    const names = ranked.map(({ agent }: { agent: string }) => agent);
    expect(names).toEqual(["gpt-4o-mini", policy, "gemma-2-9b", "mistral-7b"]);
  }
  const rejected = pairs().map(({ source }) => source.rejected_agent);
  if (recipe === "tulu-3") expect(rejected).toEqual(Array(rows).fill(policy));
  else expect(new Set(rejected).size).toBeGreaterThan(1);
});

it("pairs the best with the worst of a model's own answers, by its own scores: self-rewarding", async () => {
  const { space, pairs } = open();
  const changes = { models: judges };
  const { summary } = await generate(
    "recipes/self-rewarding",
    space.options("prompts.jsonl", "out", changes),
  );
  expect(summary).toMatchObject({ done: rows, calls: 8 * rows, bestAgent: { policy: rows } });
  expect(pairs()).toHaveLength(rows);
  for (const { score_margin: margin, source } of pairs()) {
    expect(margin).toBeGreaterThan(0);
    expect(source.agent).toBe("policy");
  }
});

it("pairs a revision with the answer that it came from: clair", async () => {
  const { space, pairs } = open();
  const changes = { models: ["sim:editor"] };
  const { summary } = await evolve("recipes/clair", space.options("answers.jsonl", "out", changes));
  expect(summary).toMatchObject({ done: rows, calls: rows, pairs: rows });
  expect(pairs().map(({ rejected }) => rejected[0]?.content)).toEqual(
    Array.from({ length: rows }, (_, index) => `It is ${index}.`),
  );
});
