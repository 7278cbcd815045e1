import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { OutputFile } from "../../datasets/export/output-set.ts";
import { packageVersion } from "../../state/package-root.ts";
import type { RowCounts } from "../../state/row-result.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { loadStudyPlan, type StudyPlan } from "../../topologies/study/study-plan.ts";
import type { Tally } from "../accounting/tally.ts";
import type { CommandOptions } from "../command-options.ts";
import { refuseForeignFiles } from "../directory/own-directory.ts";
import { textFile } from "../directory/run-manifest.ts";
import type { JobEnd } from "../engine/job.ts";
import { decideEvaluator, readLabels } from "./choose-evaluator-stage.ts";
import { decideGenerator, produceData } from "./choose-generator-stage.ts";
import type { Decision } from "./decision.ts";
import { decisionPage } from "./decision-page.ts";
import { forecastStudy, inputsOf } from "./forecast-study.ts";
import { readingsOfInputs } from "./readings-of-inputs.ts";
import { writeRunReport } from "../report/write-run-report.ts";
import { moveAside, type StageEnd } from "./run-stage.ts";
import { stagesEnd, sumOfStages } from "./stage-sums.ts";
import { createStages, type Stages } from "./stages.ts";

/** `summary.json` of a study: the sums over its stages, and each stage's own. */
export type StudySummary = Tally &
  RowCounts & {
    readonly stages: Readonly<Record<string, Tally & RowCounts>>;
    readonly decision: Decision;
  };

/**
 * Runs a study: all evaluators over the labelled pairs, all generators over the prompts, compared
 * by the chosen evaluator, and the data set with both choices. Each stage is a run of its own
 * below the directory, and one that has ended isn't run again. Every mistake in the plan and in
 * what it names is found before the first call.
 *
 * @throws FellowshipError as `loadStudyPlan`, `readLabels` and `forecastStudy` do, and what a
 *   stage throws; what the stages before it bought stays
 */
export async function study(
  planPath: string,
  options: CommandOptions,
): Promise<JobEnd<StudySummary>> {
  const started = performance.now();
  const plan = loadStudyPlan(planPath);
  const readingOf = await readingsOfInputs(inputsOf(plan), options.reading);
  const reading = readingOf(plan.labelled);
  const labels = await readLabels(plan.labelled, { ...options, reading });
  await forecastStudy(planPath, { ...options, directory: "" });
  await openStudyDirectory(options);
  const stages = createStages(options, readingOf);
  const evaluator = await decideEvaluator(plan, labels, stages);
  const generator =
    evaluator === null ? null : await decideGenerator(plan, evaluator.chosen, options, stages);
  if (evaluator !== null && generator !== null) {
    await produceData(plan, generator.chosen, evaluator.chosen, options, stages);
  }
  const decision = {
    evaluator: evaluator?.decision ?? null,
    generator: generator?.decision ?? null,
  };
  const summary = { ...sumOfStages(stages.ended), stages: summariesOf(stages.ended), decision };
  const seconds = (performance.now() - started) / 1000;
  const written = await writeStudyFiles(options, { plan, summary, stages, seconds });
  const end = stagesEnd(stages);
  const exitCode = Math.max(summary.decision.generator === null ? 3 : 0, end.exitCode);
  return { ...end, ...written, exitCode, summary, seconds };
}

async function openStudyDirectory({ directory, fresh }: CommandOptions): Promise<void> {
  const isThere = (await stat(directory).catch(() => null)) !== null;
  if (isThere) {
    const isStudy = (await stat(join(directory, "evaluators")).catch(() => null)) !== null;
    if (!isStudy) await refuseForeignFiles(directory);
    else if (fresh) await moveAside(directory);
  }
  await mkdir(directory, { recursive: true });
}

function summariesOf(ended: readonly StageEnd[]): StudySummary["stages"] {
  return Object.fromEntries(
    ended.map(({ stage, end: { summary } }) => {
      const { rows, done, failed, pending, calls, tokens, cost } = summary;
      return [stage, { rows, done, failed, pending, calls, tokens, cost }];
    }),
  );
}

type Ended = {
  readonly plan: StudyPlan;
  readonly summary: StudySummary;
  readonly stages: Stages;
  readonly seconds: number;
};

/** Writes the decision, the summary, the report, and the manifest last. */
async function writeStudyFiles(
  options: CommandOptions,
  { plan, summary, stages, seconds }: Ended,
): Promise<Pick<JobEnd<unknown>, "files" | "results">> {
  const { directory } = options;
  const texts = {
    "decision.json": json(summary.decision),
    "decision.md": decisionPage(summary.decision, stages.stoppedBy),
    "summary.json": json(summary),
  };
  const files: OutputFile[] = [];
  for (const [name, text] of Object.entries(texts)) {
    await replaceFile(join(directory, name), text);
    files.push(textFile(name, text));
  }
  const { rows, done, failed, pending, calls, tokens, cost } = summary;
  const manifest = {
    fellowship: packageVersion(),
    command: "study",
    plan,
    stages: stages.ended.map(({ stage }) => stage),
    rows,
    done,
    failed,
    pending,
    calls,
    tokens,
    cost,
    seconds: Math.round(seconds * 10) / 10,
    versions: { node: process.version },
    files,
  };
  const report = await writeRunReport(manifest, { ...options, priceOf: () => null });
  files.push(...report.files);
  await replaceFile(join(directory, "run.json"), json(manifest));
  return { files, results: report.results };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
