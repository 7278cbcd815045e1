import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { disagreementWith, leaningOf } from "../../runs/audit/disagreement.ts";
import { evaluate } from "../../runs/evaluate/evaluate.ts";
import type { Verdict } from "../../state/verdict.ts";
import { silent } from "../workspace.ts";

/** For each pair how clearly an evaluator prefers the response that people rejected. */
export type Leanings = readonly (number | null)[];

/** Recorded pairs with people's labels. */
type RecordedSet = { readonly name: string; readonly readings: Readonly<Record<string, Leanings>> };

type Label = "a" | "b";
type Row = Verdict & {
  readonly label?: string;
  readonly labels?: Readonly<Record<string, string>>;
};

const strong = ["gpt-4o", "gpt-4o-mini", "llama-3.1-70b"];
const ofSeveralFamilies = ["gpt-4o", "gemma-2-27b", "llama-3.1-70b"];
const all = [...strong, "gemma-2-27b", "gemma-2-9b", "llama-3.1-8b"];

type Evaluator = { readonly name: string; readonly scale: number; readonly topology: object };

/** A judge, or a jury by the mean of its margins, of models that were recorded under a strategy. */
function recorded(name: string, models: readonly string[], directory: string): Evaluator {
  const [strategy = "", scale = "10"] = directory.split("/").at(-1)?.split("-") ?? [];
  const agents = models.map((model) => ({
    name: model,
    model: `replay:${join(directory, `${model}.jsonl`)}`,
  }));
  const shared = { strategy, scale: Number(scale), reasks: 0 };
  const topology =
    agents.length === 1
      ? { graph: "judge", ...shared, agents: { judge: agents[0] } }
      : { graph: "jury", ...shared, aggregate: "mean", agents: { jurors: agents } };
  return { name: `${name}, ${strategy}, of ${scale}`, scale: Number(scale), topology };
}

function recordedDebate(model: string, directory: string): Evaluator {
  const debaters = ["general-public", "psychologist", "critic"].map((name) => ({
    name,
    model: `replay:${join(directory, `${model}.jsonl`)}`,
  }));
  const topology = { graph: "debate", rounds: 2, scale: 10, reasks: 0, agents: { debaters } };
  return { name: `${model}, debate, of 10`, scale: 10, topology };
}

function evaluatorsOf(directory: string): Evaluator[] {
  return [
    recorded("gpt-4o", ["gpt-4o"], directory),
    recorded("gpt-4o-mini", ["gpt-4o-mini"], directory),
    recorded("jury of gpt-4o, gpt-4o-mini, llama-3.1-70b", strong, directory),
    recorded("jury of gpt-4o, gemma-2-27b, llama-3.1-70b", ofSeveralFamilies, directory),
    recorded("jury of all six", all, directory),
  ];
}

/**
 * Runs the recorded evaluators of a folder (`fair-eval`, `alpaca-eval`) over its pairs, and gives
 * three sets: pairs on which all people agree, pairs on which most do, and pairs with one label.
 */
export async function readRecordedSets(data: string): Promise<RecordedSet[]> {
  const alpaca = join(data, "alpaca-eval");
  const fair = join(data, "fair-eval");
  const ofAlpaca = await runAll(alpaca, [
    ...evaluatorsOf(join(alpaca, "cassettes", "combined-10")),
    ...evaluatorsOf(join(alpaca, "cassettes", "combined-100")),
    recorded("gpt-4o", ["gpt-4o"], join(alpaca, "cassettes", "independent-10")),
  ]);
  const ofFair = await runAll(fair, [
    ...evaluatorsOf(join(fair, "cassettes", "combined-10")),
    recordedDebate("gpt-4o", join(fair, "cassettes", "debate")),
  ]);
  return [
    setOf("AlpacaFarm, all people agree", ofAlpaca, agreed),
    setOf("AlpacaFarm, most people agree", ofAlpaca, (row) =>
      agreed(row) === null ? labelOf(row) : null,
    ),
    setOf("FairEval, one label", ofFair, labelOf),
  ];
}

type Ran = { readonly evaluator: Evaluator; readonly rows: readonly Row[] };

async function runAll(folder: string, evaluators: readonly Evaluator[]): Promise<Ran[]> {
  const ran: Ran[] = [];
  for (const evaluator of evaluators)
    ran.push({ evaluator, rows: await runOne(folder, evaluator) });
  return ran;
}

async function runOne(folder: string, { topology }: Evaluator): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), "fellowship-audit-"));
  try {
    const path = join(directory, "evaluator.yaml");
    writeFileSync(path, JSON.stringify(topology));
    const out = join(directory, "out");
    await evaluate(path, {
      input: join(folder, "pairs.jsonl"),
      directory: out,
      concurrency: 32,
      fresh: false,
      salvage: false,
      environment: {},
      progress: silent,
    });
    const lines = readFileSync(join(out, "rows.jsonl"), "utf8").trimEnd().split("\n");
    return lines.map((line): Row => JSON.parse(line));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function setOf(
  name: string,
  ran: readonly Ran[],
  labelIn: (row: Row) => Label | null,
): RecordedSet {
  const readings = ran.map(({ evaluator, rows }) => {
    const leanings = rows.flatMap((row) => {
      const label = labelIn(row);
      return label === null ? [] : [leaningIn(row, label, evaluator.scale)];
    });
    return [evaluator.name, leanings] as const;
  });
  return { name, readings: Object.fromEntries(readings) };
}

function leaningIn(row: Row, label: Label, scale: number): number | null {
  const disagreement = disagreementWith(label, row, scale);
  return disagreement === null ? null : leaningOf(label, row, disagreement);
}

function labelOf({ label }: Row): Label | null {
  return label === "a" || label === "b" ? label : null;
}

function agreed(row: Row): Label | null {
  return new Set(Object.values(row.labels ?? {})).size === 1 ? labelOf(row) : null;
}
