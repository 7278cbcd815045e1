import { basename, join } from "node:path";
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { OutputFile } from "../../datasets/export/output-set.ts";
import { readRun } from "../../report-page/read/read-run.ts";
import type { RunManifest } from "../../report-page/read/run-manifest.ts";
import { packageVersion } from "../../state/package-root.ts";
import type { RowCounts } from "../../state/row-result.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import type { Tally } from "../accounting/tally.ts";
import { refuseForeignFiles } from "../directory/own-directory.ts";
import { textFile } from "../directory/run-manifest.ts";
import type { JobEnd } from "../engine/job.ts";
import { forecastEvaluate } from "../evaluate/evaluate.ts";
import type { Forecast } from "../forecast/forecast.ts";
import { forecastGenerate } from "../generate/generate.ts";
import { writeRunReport } from "../report/write-run-report.ts";
import { moveAside } from "../study/run-stage.ts";
import { createStages, type Stages } from "../study/stages.ts";
import { stagesEnd, sumOfStages } from "../study/stage-sums.ts";
import {
  answeringOptions,
  answeringTopology,
  answerQuestions,
  turnPrompt,
} from "./answer-questions.ts";
import {
  readAnswers,
  readQuestions,
  withReferences,
  type Answers,
  type Question,
} from "./benchmark-files.ts";
import { gradingOptions } from "./grading-options.ts";
import { judgeAnswers, pairsFor } from "./judge-answers.ts";
import { measureFigures, type MeasuredModel, type MeasureFigures } from "./measure-figures.ts";
import type { MeasureOptions } from "./measure-options.ts";
import { measureLines, measurePage } from "./measure-page.ts";
import { limitInForce, refuseOtherPlan } from "./measure-plan.ts";

export type MeasureSummary = Tally & RowCounts & { readonly measure: MeasureFigures };

type Benchmark = {
  readonly questions: readonly Question[];
  readonly baseline: Answers | null;
  /** The answers of each file; null for a model that is asked. */
  readonly given: readonly (Answers | null)[];
};

/**
 * Measures models as MT-Bench (arXiv 2306.05685: two turns, each answer graded by itself out of
 * 10) or AlpacaEval (arXiv 2404.04475: win rate against a baseline, raw and length-controlled) do.
 * Every stage is a run of its own below the directory; the same command goes on.
 *
 * @throws FellowshipError for every mistake in the files before the first call; what a stage throws
 */
export async function measure(
  evaluator: string,
  asked: MeasureOptions,
): Promise<JobEnd<MeasureSummary>> {
  const started = performance.now();
  const options = { ...asked, limit: await limitInForce(evaluator, asked) };
  const benchmark = await readBenchmark(options);
  await forecastMeasure(evaluator, { ...options, directory: "" });
  await openDirectory(evaluator, options);
  const stages = createStages({ ...options, reading: undefined, limit: undefined });
  const models: MeasuredModel[] = [];
  const files: OutputFile[] = [];
  for (const [at, measured] of options.measured.entries()) {
    const answers =
      benchmark.given[at] ??
      (await answerQuestions(
        benchmark.questions,
        { spec: specOf(measured), folder: `answers-${at + 1}` },
        options,
        stages,
      ));
    if (answers === null) break;
    files.push(await writeAnswers(options, at, benchmark.questions, answers));
    const judged = await judgeAnswers(
      evaluator,
      { ...benchmark, answers, stage: `verdicts-${at + 1}` },
      options,
      stages,
    );
    if (judged === null) break;
    models.push({ name: nameOf(answers.name, models), results: judged });
  }
  const figures = measureFigures(options.style, benchmark.questions.length, models);
  const seconds = (performance.now() - started) / 1000;
  const summary = { ...sumOfStages(stages.ended), measure: figures };
  const written = await writeMeasureFiles(options, { summary, models, stages, seconds, files });
  const results = measureLines(figures);
  return { ...stagesEnd(stages), summary, files: written, results, seconds };
}

/** Estimates what `measure` would ask, stage by stage; checks everything, sends and writes nothing. */
export async function forecastMeasure(
  evaluator: string,
  options: MeasureOptions,
): Promise<(readonly [string, Forecast])[]> {
  const { questions, baseline, given } = await readBenchmark(options);
  const scratch = await mkdtemp(join(tmpdir(), "fellowship-"));
  const own = { ...options, directory: "", reading: undefined, limit: undefined };
  const write = async (name: string, rows: readonly object[]) => {
    const path = join(scratch, name);
    await replaceFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    return path;
  };
  try {
    const forecasts: (readonly [string, Forecast])[] = [];
    for (const [at, measured] of options.measured.entries()) {
      const answers = given[at] ?? supposedAnswers(questions, specOf(measured));
      if (given[at] === null) {
        const turns = Math.max(...questions.map((question) => question.turns.length));
        for (let turn = 0; turn < turns; turn += 1) {
          const prompts = questions.flatMap((question) => {
            const asked =
              turn < question.turns.length ? answers.byKey.get(question.key) : undefined;
            const prompt = asked === undefined ? null : turnPrompt(question, asked, turn);
            return prompt === null ? [] : [prompt];
          });
          const input = await write(`answers-${at}-${turn}.jsonl`, prompts);
          const asking = { ...own, ...answeringOptions(specOf(measured), options), input };
          const forecast = await forecastGenerate(answeringTopology(), asking);
          forecasts.push([`answers-${at + 1}-turn-${turn + 1}`, withoutInput(forecast)]);
        }
      }
      const { asked } = pairsFor({ questions, baseline, answers });
      if (asked.length === 0) continue;
      const input = await write(
        `verdicts-${at}.jsonl`,
        asked.map(({ pair }) => pair),
      );
      const grading = await gradingOptions(evaluator, options);
      const forecast = await forecastEvaluate(evaluator, { ...own, ...grading, input });
      forecasts.push([`verdicts-${at + 1}`, withoutInput(forecast)]);
    }
    return forecasts;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The stages' inputs are the command's own, and say nothing of the user's file. */
function withoutInput(forecast: Forecast): Forecast {
  const { input: _, ...rest } = forecast;
  return rest;
}

/** Answers of a usual length in place of those to come. */
function supposedAnswers(questions: readonly Question[], name: string): Answers {
  const text = "word ".repeat(320);
  return { name, byKey: new Map(questions.map(({ key, turns }) => [key, turns.map(() => text)])) };
}

async function readBenchmark(options: MeasureOptions): Promise<Benchmark> {
  const { style, measured } = options;
  const read = await readQuestions(options.questions, style, options);
  const questions = await withReferences(read, options.references);
  const baseline =
    options.baseline === undefined ? null : await readAnswers(options.baseline, style, questions);
  const given: (Answers | null)[] = [];
  for (const one of measured) {
    if ("spec" in one) given.push(null);
    else {
      const answers = await readAnswers(one.answers, style, questions);
      given.push({ ...answers, name: answers.name || basename(one.answers) });
    }
  }
  return { questions, baseline, given };
}

function specOf(measured: MeasureOptions["measured"][number]): string {
  return "spec" in measured ? measured.spec : measured.answers;
}

/** A name that no other model of the command has. */
function nameOf(name: string, models: readonly MeasuredModel[]): string {
  const taken = new Set(models.map((model) => model.name));
  if (!taken.has(name)) return name;
  for (let number = 2; ; number += 1) {
    if (!taken.has(`${name} (${number})`)) return `${name} (${number})`;
  }
}

async function openDirectory(evaluator: string, options: MeasureOptions): Promise<void> {
  const { directory, fresh } = options;
  const isThere = (await stat(directory).catch(() => null)) !== null;
  if (isThere) {
    const isMeasure = (await stat(join(directory, "inputs")).catch(() => null)) !== null;
    if (!isMeasure) await refuseForeignFiles(directory);
    else if (fresh) await moveAside(directory);
  }
  await mkdir(join(directory, "inputs"), { recursive: true });
  await refuseOtherPlan(evaluator, options);
}

/** A model's answers in the benchmark's own format, for another measurement. */
async function writeAnswers(
  { directory, style }: MeasureOptions,
  at: number,
  questions: readonly Question[],
  { name, byKey }: Answers,
): Promise<OutputFile> {
  const answered = questions.filter(({ key, turns }) => byKey.get(key)?.length === turns.length);
  const [file, text] =
    style === "mt-bench"
      ? [
          `model-answers-${at + 1}.jsonl`,
          answered
            .map(({ key }) => {
              const choices = [{ index: 0, turns: byKey.get(key) }];
              const question_id = /^\d{1,15}$/.test(key) ? Number(key) : key;
              return `${JSON.stringify({ question_id, model_id: name, choices })}\n`;
            })
            .join(""),
        ]
      : [
          `model-answers-${at + 1}.json`,
          json(
            answered.map(({ key, category }) => ({
              ...(category === null ? {} : { dataset: category }),
              instruction: key,
              output: byKey.get(key)?.[0],
              generator: name,
            })),
          ),
        ];
  await replaceFile(join(directory, file), text);
  return textFile(file, text);
}

type Measured = {
  readonly summary: MeasureSummary;
  readonly models: readonly MeasuredModel[];
  readonly stages: Stages;
  readonly seconds: number;
  readonly files: readonly OutputFile[];
};

async function writeMeasureFiles(
  options: MeasureOptions,
  { summary, models, stages, seconds, files: answerFiles }: Measured,
): Promise<OutputFile[]> {
  const { directory, style } = options;
  const lines = models.flatMap(({ name, results }) =>
    results.map(({ key, ...result }) => `${JSON.stringify({ model: name, id: key, ...result })}\n`),
  );
  const texts = {
    "scores.jsonl": lines.join(""),
    "measure.md": measurePage(summary.measure),
    "summary.json": json(summary),
  };
  const files = [...answerFiles];
  for (const [name, text] of Object.entries(texts)) {
    await replaceFile(join(directory, name), text);
    files.push(textFile(name, text));
  }
  const { measure: _, ...counts } = summary;
  const manifest = {
    fellowship: packageVersion(),
    command: "measure",
    style,
    stages: stages.ended.map(({ stage }) => stage),
    agents: await agentsOf(directory, stages),
    ...counts,
    seconds: Math.round(seconds * 10) / 10,
    versions: { node: process.version },
    files,
  };
  const report = await writeRunReport(manifest, { ...options, priceOf: () => null });
  files.push(...report.files);
  await replaceFile(join(directory, "run.json"), json(manifest));
  return files;
}

/** The agents of all stages, each once. */
async function agentsOf(directory: string, { ended }: Stages) {
  const agents = new Map<string, NonNullable<RunManifest["agents"]>[number]>();
  for (const { stage } of ended) {
    const { manifest } = await readRun(join(directory, stage));
    for (const agent of manifest.agents ?? []) agents.set(JSON.stringify(agent), agent);
  }
  return [...agents.values()];
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
