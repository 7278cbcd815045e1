import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toPromptRow } from "../../datasets/rows/prompt-row.ts";
import { roleNamed } from "../../nodes/roles.ts";
import { createMistakes } from "../../state/mistakes.ts";
import { pairsOf } from "../../statistics/compare-runs.ts";
import { openUnattendedEvaluator, openGenerator } from "../../topologies/open-topology.ts";
import {
  loadStudyPlan,
  type PlannedTopology,
  type StudyPlan,
} from "../../topologies/study/study-plan.ts";
import type { CommandOptions } from "../command-options.ts";
import { forecastEvaluate } from "../evaluate/evaluate.ts";
import type { Forecast } from "../forecast/forecast.ts";
import { forecastGenerate } from "../generate/generate.ts";
import { readInput } from "../input/read-input.ts";
import { producingSets } from "./choose-generator-stage.ts";
import { samplesFor, singleOf } from "./equal-tokens.ts";
import { readingsOfInputs } from "./readings-of-inputs.ts";
import { smallest } from "./stages.ts";

type NamedForecast = readonly [stage: string, forecast: Forecast];

/** Characters of a token of Latin script, about. */
const charactersOfToken = 4;

/**
 * Estimates what a study would ask, stage by stage, after all checks of the plan and of what it
 * names. What isn't chosen yet counts with the dearest candidate. Sends and writes nothing.
 *
 * @throws FellowshipError as `loadStudyPlan`, `forecastEvaluate` and `forecastGenerate` do
 */
export async function forecastStudy(
  planPath: string,
  options: CommandOptions,
): Promise<NamedForecast[]> {
  const plan = loadStudyPlan(planPath);
  // Directories of stages are looked at when the stage begins.
  const own = { ...options, directory: "" };
  await checkTopologies(plan, own);
  const readingOf = await readingsOfInputs(inputsOf(plan), options.reading);
  const ownOf = (input: string) => ({ ...own, input, reading: readingOf(input) });
  const scratch = await mkdtemp(join(tmpdir(), "fellowship-"));
  try {
    const evaluators: Planned[] = [];
    for (const planned of plan.evaluators) {
      const forecast = await forecastEvaluate(planned.path, ownOf(plan.labelled));
      evaluators.push({ planned, forecast });
    }
    const evaluator = chosenOrDearest(evaluators, plan.chosenEvaluator);
    const { generators, singles } = await forecastGenerators(
      plan,
      evaluator,
      ownOf(plan.study.input),
      scratch,
    );
    const generated = [...generators, ...singles];
    const compared = await forecastComparison(plan, evaluator, ownOf(plan.study.input), {
      scratch,
      runs: generated.length,
    });
    const choosable = generators.slice(0, plan.generators.length);
    const generator = chosenOrDearest(choosable, plan.chosenGenerator);
    const data = await forecastGenerate(generator.path, {
      ...ownOf(plan.produce.input),
      limit: smallest(own.limit, plan.produce.limit),
      sets: await producingSets(generator, evaluator, own),
    });
    return [
      ...evaluators.map(named("evaluator")),
      ...generated.map(named("generator")),
      ...(compared === null ? [] : [["comparison", compared] as const]),
      ["data", data],
    ];
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The files that a study reads. */
export function inputsOf({ labelled, study, produce }: StudyPlan): string[] {
  return [labelled, study.input, produce.input];
}

/** @throws FellowshipError `bad_usage` listing every mistake in the topologies of the plan */
async function checkTopologies(
  { evaluators, generators, baselines }: StudyPlan,
  options: CommandOptions,
): Promise<void> {
  const mistakes = createMistakes();
  for (const { path } of evaluators) {
    await mistakes.attemptLater(() => openUnattendedEvaluator(path, options));
  }
  for (const { path } of [...generators, ...baselines]) {
    await mistakes.attemptLater(() => openGenerator(path, options));
  }
  mistakes.throwIfAny();
}

type Planned = { readonly planned: PlannedTopology; readonly forecast: Forecast };

function named(kind: string) {
  return ({ planned: { name }, forecast }: Planned): NamedForecast => [`${kind} ${name}`, forecast];
}

function chosenOrDearest(
  candidates: readonly Planned[],
  chosen: PlannedTopology | undefined,
): PlannedTopology {
  const sizeOf = ({ forecast: { cost, tokens } }: Planned) => [cost.usd, tokens.in + tokens.out];
  const [dearest] = candidates.toSorted((one, other) => {
    const [[usd = 0, tokens = 0], [otherUsd = 0, otherTokens = 0]] = [sizeOf(one), sizeOf(other)];
    return otherUsd - usd || otherTokens - tokens;
  });
  return chosen ?? dearest!.planned;
}

async function forecastGenerators(
  plan: StudyPlan,
  evaluator: PlannedTopology,
  options: CommandOptions,
  scratch: string,
): Promise<{ generators: Planned[]; singles: Planned[] }> {
  const limit = smallest(options.limit, plan.study.limit);
  const own = { ...options, limit };
  const generators: Planned[] = [];
  const singles: Planned[] = [];
  const judge = await openUnattendedEvaluator(evaluator.path, options);
  for (const [index, planned] of [...plan.generators, ...plan.baselines].entries()) {
    const forecast = await forecastGenerate(planned.path, own);
    generators.push({ planned, forecast });
    if (index >= plan.generators.length || !plan.equalTokens) continue;
    const { topology } = await openGenerator(planned.path, options);
    const path = join(scratch, `single-${index}.yaml`);
    const forecastOf = async (samples: number) => {
      const single = singleOf(topology, samples, judge.topology);
      if (single === null) return null;
      await writeFile(path, JSON.stringify(single));
      return forecastGenerate(path, { ...own, models: [], sets: [] });
    };
    const [one, two] = [await forecastOf(1), await forecastOf(2)];
    if (one === null || two === null) continue;
    const [all, answer, pair] = [forecast, one, two].map(({ tokens }) => tokens.in + tokens.out);
    const comparison = (pair ?? 0) - 2 * (answer ?? 0);
    const samples = samplesFor({ all: all ?? 0, answer: answer ?? 0, comparison });
    const name = `${planned.name} (single model, same tokens)`;
    singles.push({ planned: { name, path }, forecast: (await forecastOf(samples)) ?? two });
  }
  return { generators, singles };
}

/** The chosen evaluator over pairs of responses of the usual length, in both orders. */
async function forecastComparison(
  plan: StudyPlan,
  evaluator: PlannedTopology,
  options: CommandOptions,
  { scratch, runs }: { readonly scratch: string; readonly runs: number },
): Promise<Forecast | null> {
  if (runs < 2) return null;
  const limit = smallest(options.limit, plan.study.limit) ?? Infinity;
  const usual = "x".repeat(charactersOfToken * roleNamed("generator").usualTokens.answer);
  const pairs = pairsOf(runs);
  const lines: string[] = [];
  for await (const record of readInput(options)) {
    if (record.number > limit) break;
    const read = toPromptRow(record);
    if (!read.ok) continue;
    const { messages } = read.row;
    const line = JSON.stringify({ messages, a: { text: usual }, b: { text: `${usual}.` } });
    for (let pair = 0; pair < pairs.length; pair++) lines.push(`${line}\n`);
  }
  const input = join(scratch, "pairs.jsonl");
  await writeFile(input, lines.join(""));
  return forecastEvaluate(evaluator.path, {
    ...options,
    input,
    limit: undefined,
    reading: undefined,
    defaults: { orders: "both" },
  });
}
