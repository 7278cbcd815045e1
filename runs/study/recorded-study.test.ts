import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openWorkspace } from "../../tests/workspace.ts";
import { study } from "./study.ts";

const data =
  process.env["FELLOWSHIP_DATA"] ?? join(import.meta.dirname, "..", "..", "..", "shared", "data");
/** Rows of each stage; FELLOWSHIP_ROWS=500 takes all of them, and all evaluators. */
const limit = Number(process.env["FELLOWSHIP_ROWS"] ?? 6);
const isWhole = limit >= 500;

const judges = "gpt-4o gpt-4o-mini gemma-2-27b gemma-2-9b llama-3.1-70b llama-3.1-8b".split(" ");
const models = isWhole ? judges : judges.slice(0, 2);
const personas = ["general-public", "psychologist", "critic"];

// Skipped where the recorded data aren't beside the repository.
it.skipIf(!existsSync(data))(
  "chooses among recorded judges, juries and debates, and among a recorded loop and single models",
  async () => {
    const space = openWorkspace();
    const lines = (...path: string[]) =>
      readFileSync(join(data, ...path), "utf8")
        .split("\n")
        .filter(Boolean);
    const loopCassette = join("generation", "cassettes", "feedback", "gemma-2-9b+gemma-2-9b.jsonl");
    // The judge of the comparison: the loop against each single model. These are the first three
    // pairs of each prompt; the single models against each other were not recorded.
    const singles = ["gemma-2-9b", "gpt-4o", "llama-3.1-8b"];
    const judged = singles.flatMap((name, index) =>
      lines("generation", "versus", `gemma-2-9b+gemma-2-9b-vs-${name}`, "gpt-4o.jsonl").map(
        (line) => JSON.stringify({ ...JSON.parse(line), occurrence: index + 1 }),
      ),
    );
    const ofLoop = lines(loopCassette).filter((line) => JSON.parse(line).agent === "judge");
    for (const model of models) {
      const own = lines("fair-eval", "cassettes", "combined-10", `${model}.jsonl`);
      const more = model === "gpt-4o" ? [...judged, ...ofLoop] : [];
      space.write(`${model}.jsonl`, [...own, ...more].map((line) => `${line}\n`).join(""));
      space.write(
        `judge-${model}.yaml`,
        `graph: judge\nscale: 10\norders: ab\nreasks: 0\nagents: { judge: { model: "replay:${model}.jsonl" } }\n`,
      );
      const debate = join(data, "fair-eval", "cassettes", "debate", `${model}.jsonl`);
      const debaters = personas.map((name) => ({ name, model: `replay:${debate}` }));
      space.write(
        `debate-${model}.yaml`,
        JSON.stringify({ graph: "debate", reasks: 0, agents: { debaters } }),
      );
    }
    const juryOf = (...names: string[]) => {
      const jurors = names.map((name) => ({ name, model: `replay:${name}.jsonl` }));
      space.write(
        `jury-${names.length}.yaml`,
        JSON.stringify({ graph: "jury", scale: 10, reasks: 0, agents: { jurors } }),
      );
      return { file: `jury-${names.length}.yaml` };
    };
    const juries = isWhole
      ? [juryOf(...models.slice(0, 3)), juryOf(...models)]
      : [juryOf(...models)];
    const loop = `replay:${join(data, loopCassette)}`;
    space.write(
      "loop.yaml",
      JSON.stringify({
        graph: "feedback-loop",
        agents: { generator: { model: loop }, reviewers: [{ name: "reviewer", model: loop }] },
        evaluator: { graph: "judge", reasks: 0, agents: { judge: { model: loop } } },
      }),
    );
    for (const name of singles) {
      const cassette = join(data, "generation", "cassettes", "single", `${name}.jsonl`);
      space.write(
        `${name}.yaml`,
        JSON.stringify({ graph: "single", agents: { generator: { model: `replay:${cassette}` } } }),
      );
    }
    const prompts = { input: join(data, "generation", "prompts.jsonl") };
    const plan = space.write(
      "plan.yaml",
      JSON.stringify({
        graph: "study",
        evaluators: [
          ...models.map((name) => ({ file: `judge-${name}.yaml` })),
          ...juries,
          ...models.map((name) => ({ file: `debate-${name}.yaml` })),
        ],
        labelled: join(data, "fair-eval", "pairs.jsonl"),
        generators: [{ file: "loop.yaml" }, ...singles.map((name) => ({ file: `${name}.yaml` }))],
        study: prompts,
        produce: prompts,
        choose: { evaluator: "judge-gpt-4o.yaml" },
        equalTokens: false,
      }),
    );
    const { summary } = await study(plan, { ...space.options("", "out"), limit });
    const { evaluator, generator } = summary.decision;
    expect(evaluator?.candidates).toHaveLength(isWhole ? 14 : 5);
    expect(evaluator?.reason).toMatch(/^the plan chose it; by agreement with people the study/);
    // The others have a verdict only where two responses are the same text.
    const compared = generator?.differences.filter(({ wins: { a, b } }) => a + b > 0) ?? [];
    expect(compared.map(({ a, b }) => [a, b])).toEqual(
      singles.map((name) => ["loop.yaml", `${name}.yaml`]),
    );
    expect(space.lines("out", "data", "rows.jsonl").length).toBeGreaterThan(0);
    if (!isWhole) return;
    const wins = compared.map(({ wins: { a } }) => a);
    process.stdout.write(
      `${JSON.stringify({ wins, chosen: generator?.chosen, summary: evaluator })}\n`,
    );
  },
);
