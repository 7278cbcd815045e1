import { describe, expect, it } from "vitest";
import { DpoLine } from "../../datasets/export/preference-lines.ts";
import { evaluators, generators, type Combined } from "../../tests/combinations.ts";
import { openWorkspace } from "../../tests/workspace.ts";
import { evolve, forecastEvolve } from "../evolve/evolve.ts";
import { forecastGenerate, generate } from "../generate/generate.ts";

const rows = 4;
const numbers = Array.from({ length: rows }, (_, index) => index + 1);
const inputs = {
  generate: numbers.map((number) => ({ prompt: `Question ${number}?` })),
  evolve: numbers.map((number) => ({
    instruction: `Explain ${number}.`,
    output: `It is ${number}, as everybody knows.`,
  })),
};

type Figures = { readonly callsPerRow: number; readonly pairs: number };

/** By evaluator and generator. */
const figures = new Map<string, Figures>();
const keyOf = (...names: string[]) => names.join(" × ");

/** Runs a combination over all rows, and checks what it left. */
async function run({ command, topology }: Combined, evaluator: object): Promise<Figures> {
  const space = openWorkspace();
  space.write("input.jsonl", inputs[command]);
  const path = space.write("topology.yaml", JSON.stringify(topology(evaluator)));
  const options = space.options("input.jsonl", "out", { concurrency: rows });
  const isGeneration = command === "generate";
  const forecast = await (isGeneration ? forecastGenerate : forecastEvolve)(path, options);
  const { exitCode, summary } = await (isGeneration ? generate : evolve)(path, options);
  expect(exitCode).toBe(0);
  expect(summary).toMatchObject({ rows, done: rows, failed: 0, pending: 0 });
  // Verdicts of simulated models are always readable, so nothing is asked twice; a step may end
  // before its time.
  expect(summary.calls).toBeLessThanOrEqual(forecast.calls);
  const pairs = space.lines("out", "dpo.jsonl").map((line) => DpoLine.parse(line));
  expect(pairs).toHaveLength(summary.pairs);
  expect(pairs.length).toBeGreaterThan(0);
  return { callsPerRow: summary.calls / rows, pairs: pairs.length };
}

describe.each(Object.entries(evaluators))("with %s", (evaluatorName, evaluator) => {
  it.each(Object.entries(generators))("runs %s", async (generatorName, combined) => {
    figures.set(keyOf(evaluatorName, generatorName), await run(combined, evaluator));
  });
});

describe("docs/combinations.md", () => {
  it("is current (npx vitest run runs/combinations.test.ts --update writes it)", async ({
    skip,
  }) => {
    const all = Object.keys(evaluators).length * Object.keys(generators).length;
    if (figures.size < all) skip("not all combinations were run");
    await expect(document()).toMatchFileSnapshot("../../docs/combinations.md");
  });
});

function document(): string {
  const names = Object.keys(generators);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const table = Object.keys(evaluators).map((evaluator) =>
    line([
      evaluator,
      ...names.map((generator) => {
        const { callsPerRow, pairs } = figures.get(keyOf(evaluator, generator))!;
        return `${callsPerRow.toFixed(1)} · ${pairs}`;
      }),
    ]),
  );
  return `${[
    "# Every evaluator with every generator",
    `Each of these ${figures.size} combinations runs over ${rows} simulated rows in CI. The test checks
that all rows are done, that no more calls are made than forecast, and that every pair has two
texts. A cell holds the mean number of calls per row, and the pairs made from ${rows} rows.`,
    [line(["", ...names]), line(["---", ...names.map(() => "---")]), ...table].join("\n"),
    `The feedback loop has three rounds, the other loops two; CoEvol has at most two iterations, in
chains one. [tests/combinations.ts](../tests/combinations.ts) holds the topologies, and
[topologies.md](topologies.md) explains their keys. Simulated models have no opinion of texts: these
figures show what a combination costs in calls, not how good it is.`,
    "`npx vitest run runs/engine/combinations.test.ts --update` writes this page.",
  ].join("\n\n")}\n`;
}
