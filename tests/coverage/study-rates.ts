import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeMarker } from "../../models/simulation/quality-marker.ts";
import { study } from "../../runs/study/study.ts";
import { createRandom } from "../../statistics/estimates/seeded-random.ts";
import { silent } from "../workspace.ts";

/** A plan with a planted truth: two evaluators and two generators, the second of which is dearer. */
export type PlantedPlan = {
  /** Noise of the two judges. */
  readonly noise: readonly [number, number];
  /** Mean quality of the two generators' responses. */
  readonly skill: readonly [number, number];
  readonly labels: number;
  readonly prompts: number;
};

/** What the studies of one plan over many seeds chose and found. */
export type StudyRates = {
  readonly seeds: number;
  /** Studies that chose the second evaluator, and the second generator. */
  readonly secondEvaluator: number;
  readonly secondGenerator: number;
  /** Studies that called the generators different beyond noise, and wrongly in direction. */
  readonly different: number;
  readonly reversed: number;
  /**
   * The mean difference of win shares, second less first, and the intervals that hold that of
   * their evaluator.
   */
  readonly meanDifference: number;
  readonly held: number;
};

/** Runs whole studies of a plan, a seed each, with simulated models. */
export async function measureStudyRates(plan: PlantedPlan, seeds: number): Promise<StudyRates> {
  const found: Awaited<ReturnType<typeof runStudy>>[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) found.push(await runStudy(plan, seed));
  type Found = (typeof found)[number];
  const count = (isSo: (one: Found) => boolean) => found.filter(isSo).length;
  const meanOf = (some: readonly Found[]) =>
    some.reduce((sum, { value }) => sum + value, 0) / some.length;
  // What a better judge sees is another difference, so each has its own mean.
  const meanBy = new Map(
    found.map(({ evaluator: by }) => [
      by,
      meanOf(found.filter(({ evaluator }) => evaluator === by)),
    ]),
  );
  const holdsMean = ({ evaluator, low, high }: Found) => {
    const mean = meanBy.get(evaluator) ?? Number.NaN;
    return low <= mean && mean <= high;
  };
  return {
    seeds,
    secondEvaluator: count(({ evaluator }) => evaluator === "second-judge.yaml"),
    secondGenerator: count(({ generator }) => generator === "second.yaml"),
    different: count(({ better }) => better !== null),
    reversed: count(({ better }) => better === "first.yaml"),
    meanDifference: meanOf(found),
    held: count(holdsMean),
  };
}

async function runStudy(plan: PlantedPlan, seed: number) {
  const directory = mkdtempSync(join(tmpdir(), "fellowship-"));
  try {
    const { decision } = (
      await study(writePlan(directory, plan, seed), {
        input: "",
        directory: join(directory, "out"),
        concurrency: 8,
        fresh: false,
        salvage: false,
        environment: {},
        progress: silent,
      })
    ).summary;
    const [pair] = decision.generator?.differences ?? [];
    if (pair === undefined) throw new Error(`seed ${seed}: the study compared nothing`);
    // Second less first.
    const sign = pair.a === "second.yaml" ? 1 : -1;
    const ends = [sign * (pair.low ?? -1), sign * (pair.high ?? 1)];
    return {
      evaluator: decision.evaluator?.chosen,
      generator: decision.generator?.chosen,
      better: pair.better === "neither" ? null : pair[pair.better],
      value: sign * (pair.value ?? 0),
      low: Math.min(...ends),
      high: Math.max(...ends),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Writes all files of a plan, and gives the plan's path. */
function writePlan(directory: string, plan: PlantedPlan, seed: number): string {
  const { noise, skill, labels, prompts } = plan;
  const judge = (index: 0 | 1) =>
    "graph: judge\nagents: { judge: { model: " +
    `"sim:oak-${index}?noise=${noise[index]}&seed=${seed}" } }\n`;
  const single = (index: 0 | 1, words: number) =>
    "graph: single\nagents: { generator: { model: " +
    `"sim:willow-${index}?skill=${skill[index]}&words=${words}&seed=${seed}" } }\n`;
  const lines = (rows: readonly unknown[]) =>
    rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const files = {
    "first-judge.yaml": judge(0),
    "second-judge.yaml": judge(1),
    "first.yaml": single(0, 10),
    "second.yaml": single(1, 30),
    "labelled.jsonl": lines(labelledPairs(labels, seed)),
    "prompts.jsonl": lines(
      Array.from({ length: prompts }, (_, index) => ({ prompt: `Question ${seed}.${index}?` })),
    ),
    "plan.yaml": JSON.stringify({
      graph: "study",
      evaluators: [{ file: "first-judge.yaml" }, { file: "second-judge.yaml" }],
      labelled: "labelled.jsonl",
      generators: [{ file: "first.yaml" }, { file: "second.yaml" }],
      study: { input: "prompts.jsonl" },
      produce: { input: "prompts.jsonl", limit: 1 },
    }),
  };
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return join(directory, "plan.yaml");
}

/** Pairs of simulated responses, labelled by the better one. */
function labelledPairs(count: number, seed: number): unknown[] {
  const random = createRandom(`labels ${seed}`);
  const response = (value: number, nonce: number) =>
    `An answer. ${writeMarker({ kind: "response", value, author: 1 }, nonce)}`;
  return Array.from({ length: count }, (_, index) => {
    const [a, b] = [random(), random()];
    const label = a > b ? "a" : "b";
    const nonce = (seed * 2 * count + 2 * index) % 65_536;
    const texts = { a: response(a, nonce), b: response(b, nonce + 1) };
    return { prompt: `Labelled ${seed}.${index}?`, ...texts, label };
  });
}
