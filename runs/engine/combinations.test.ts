import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DpoLine } from "../../datasets/export/preference-lines.ts";
import { evaluators, generators, type Combined } from "../../tests/combinations.ts";
import { eachOf } from "../../tests/long-tables.ts";
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

describe.each(Object.entries(evaluators).map((entry, number) => [...entry, number] as const))(
  "with %s",
  (evaluatorName, evaluator, number) => {
    // Elsewhere in the row for each evaluator, so that every generator has its turn.
    const some = eachOf(Object.entries(generators), 3, number);
    it.each(some)("runs %s", async (generatorName, combined) => {
      figures.set(keyOf(evaluatorName, generatorName), await run(combined, evaluator));
    });
  },
);

const path = "../../docs/combinations.md";

describe("docs/combinations.md", () => {
  // A single combination may be run by itself.
  const isWhole = () =>
    figures.size === Object.keys(evaluators).length * Object.keys(generators).length;

  it("is current in the combinations that were run", async () => {
    if (isWhole()) return expect(document()).toMatchFileSnapshot(path);
    const table = readFileSync(join(import.meta.dirname, path), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("| "));
    const [head = [], , ...lines] = table.map(cellsOf);
    expect(head.slice(1)).toEqual(Object.keys(generators));
    expect(lines.map(([evaluator]) => evaluator)).toEqual(Object.keys(evaluators));
    for (const [evaluator = "", ...cells] of lines) {
      const found = head.slice(1).map((generator) => figures.get(keyOf(evaluator, generator)));
      const expected = found.map((one, column) => (one === undefined ? cells[column] : cell(one)));
      expect(cells, evaluator).toEqual(expected);
    }
  });
});

function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split("|")
    .map((text) => text.trim());
}

function cell({ callsPerRow, pairs }: Figures): string {
  return `${callsPerRow.toFixed(1)} · ${pairs}`;
}

function document(): string {
  const names = Object.keys(generators);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const table = Object.keys(evaluators).map((evaluator) =>
    line([evaluator, ...names.map((generator) => cell(figures.get(keyOf(evaluator, generator))!))]),
  );
  return `${[
    "# Every evaluator with every generator",
    `Each of these ${figures.size} combinations runs over ${rows} simulated rows in \`npm run test:long\`, and a third of
them in CI. The test checks that all rows are done, that no more calls are made than forecast, and
that every pair has two texts. A cell holds the mean number of calls per row, and the pairs made
from ${rows} rows.`,
    [line(["", ...names]), line(["---", ...names.map(() => "---")]), ...table].join("\n"),
    `The feedback loop has three rounds, the other loops two; CoEvol has at most two iterations, in
chains one. [tests/combinations.ts](../tests/combinations.ts) holds the topologies, and
[topologies.md](topologies.md) explains their keys. Simulated models have no opinion of texts: these
figures show what a combination costs in calls, not how good it is.`,
    "`npm run test:long -- --update` writes this page.",
  ].join("\n\n")}\n`;
}
