import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { readRecords } from "../datasets/read/read-records.ts";
import { evolve } from "../runs/evolve/evolve.ts";
import { generate } from "../runs/generate/generate.ts";
import { openWorkspace } from "./workspace.ts";

const numbers = Array.from({ length: 6 }, (_, index) => index + 1);
const prompts = numbers.map((number) => ({ prompt: `Question ${number}?` }));
const reviewers = ["one", "two"].map((name) => ({ name, model: "sim:elm" }));
const answer = (number: number) => `It is ${number}, as every child knows.`;
const alpaca = numbers.map((number) => ({
  instruction: `Explain ${number}.`,
  output: answer(number),
}));
const shareGpt = numbers.map((number) => ({
  conversations: [
    { from: "human", value: `Explain ${number}.` },
    { from: "gpt", value: answer(number) },
  ],
}));

/** Every kind of run that writes a card: its command, its input and the changes to its preset. */
const runs = {
  loop: [generate, "feedback-loop", prompts, []],
  branching: [
    generate,
    "feedback-loop",
    prompts,
    ["branch=true", `agents.reviewers=${JSON.stringify(reviewers)}`],
  ],
  unscored: [generate, "feedback-loop", prompts, ["evaluator.strategy=direct"]],
  single: [generate, "single", prompts, []],
  alpaca: [evolve, "coevol", alpaca, []],
  shareGpt: [evolve, "coevol", shareGpt, []],
} as const;

const space = openWorkspace(mkdtempSync(join(tmpdir(), "fellowship-data-")));
afterAll(() => rmSync(space.at(), { recursive: true }));

const directoryOf = (name: string) => space.at(`${name}-out`);

beforeAll(async () => {
  for (const [name, [command, preset, rows, sets]] of Object.entries(runs)) {
    // A JSON array where the answers go back in their own shape, lines elsewhere.
    space.write(`${name}.json`, name === "alpaca" ? JSON.stringify(rows) : rows);
    const options = space.options(`${name}.json`, `${name}-out`, { models: ["sim:oak"], sets });
    await command(join(import.meta.dirname, "..", "topologies", `${preset}.yaml`), options);
  }
});

/** The paths of all fields of a value, outside of lists. */
function columnsOf(value: object, prefix = ""): string[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => [
    `${prefix}${key}`,
    ...(typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? columnsOf(inner, `${prefix}${key}.`)
      : []),
  ]);
}

async function readAll(path: string): Promise<object[]> {
  const values: object[] = [];
  for await (const record of readRecords(path)) {
    if ("value" in record) values.push(record.value as object);
  }
  return values;
}

const withoutNulls = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, item: unknown) => item ?? undefined));

describe.each(Object.keys(runs))("the data files of a run (%s)", (name) => {
  it("hold the same rows and columns as JSONL and as Parquet", async () => {
    const parquets = space.files(`${name}-out`).filter((file) => file.endsWith(".parquet"));
    expect(parquets).toContain("dpo.parquet");
    for (const file of parquets) {
      const jsonl = await readAll(join(directoryOf(name), file.replace(/parquet$/, "jsonl")));
      const parquet = await readAll(join(directoryOf(name), file));
      expect(withoutNulls(parquet)).toEqual(jsonl);
      const columns = (rows: object[]) => [...new Set(rows.flatMap((row) => columnsOf(row)))];
      expect(columns(parquet).sort()).toEqual(columns(jsonl).sort());
    }
  });
});

const python = process.env.FELLOWSHIP_PYTHON ?? "python3";
// The folder datasets/ of this checkout is importable too, so the package is known by a function of it.
const knowsDatasets = ["-c", "from datasets import load_dataset"];
const hasDatasets = spawnSync(python, knowsDatasets).status === 0;
const Loaded = z.object({ rows: z.int(), columns: z.array(z.string()) });
const Found = z.record(
  z.string(),
  z.object({
    configs: z.record(z.string(), Loaded),
    default: Loaded,
    files: z.record(z.string(), Loaded),
  }),
);

describe.skipIf(!hasDatasets)(
  `Python's datasets (skipped where ${python} has no package of that name)`,
  () => {
    it("loads every configuration of every card and every data file, with the same columns", () => {
      const { stdout, stderr } = spawnSync(
        python,
        [
          join(import.meta.dirname, "load_datasets.py"),
          space.at("cache"),
          ...Object.keys(runs).map(directoryOf),
        ],
        { encoding: "utf8" },
      );
      const output: unknown = JSON.parse(stdout.trim().split("\n").at(-1) ?? stderr);
      const found = Found.parse(output);
      const configsOf = (name: string) => Object.keys(found[directoryOf(name)]?.configs ?? {});
      expect(configsOf("loop")).toEqual(expect.arrayContaining(["dpo", "kto", "sft"]));
      expect(configsOf("branching")).toContain("multi-agent-generator-dpo");
      expect(configsOf("single")).not.toContain("dpo");
      expect(configsOf("alpaca")).toEqual(["evolved", "dpo"]);
      expect(configsOf("shareGpt")).toEqual(["evolved", "dpo"]);
      for (const { files } of Object.values(found)) {
        for (const [name, { rows, columns }] of Object.entries(files)) {
          const parquet = files[name.replace(/jsonl$/, "parquet")];
          if (name.endsWith(".jsonl") && parquet !== undefined) {
            expect([name, parquet]).toEqual([name, { rows, columns }]);
          }
        }
      }
    });
  },
);
