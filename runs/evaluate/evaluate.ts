import { basename, join } from "node:path";
import { openEvaluator } from "../../topologies/open-topology.ts";
import { modelsByTopology } from "./models-by-topology.ts";
import type { CommandOptions } from "../command-options.ts";
import { writeComparison, type BestComparison } from "./comparison.ts";
import { createEvaluationJob } from "./evaluation-job.ts";
import { waitsForPeople } from "../cascade/person-decides.ts";
import type { EvaluationSummary } from "./evaluation-outputs.ts";
import type { Forecast } from "../forecast/forecast.ts";
import { pairSizes } from "./pair-sizes.ts";
import { refuseLink } from "../directory/own-directory.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { createMistakes } from "../../state/mistakes.ts";
import { pinInput } from "../directory/pin-input.ts";
import { writeSharedReport } from "../report/write-run-report.ts";
import { defineCommand } from "../engine/define-command.ts";
import type { JobEnd } from "../engine/job.ts";

/** One evaluator's run among several. */
export type EvaluatorEnd = JobEnd<EvaluationSummary> & {
  readonly name: string;
  readonly directory: string;
};

/** Several evaluators over the same pairs. */
export type ComparedEvaluators = {
  readonly evaluators: readonly EvaluatorEnd[];
  /** The best by kappa against the next, where two agreed with people at all. */
  readonly best: BestComparison | null;
};

const command = defineCommand({
  open: openEvaluator,
  sizesOf: pairSizes,
  job: createEvaluationJob,
});

/** What a run over a file of pairs would come to. */
export const forecastEvaluate = command.forecast;

/**
 * Verdicts by an evaluator topology over a file of pairs. Rows that wait for people are not done:
 * with any, the exit code is 3.
 */
export async function evaluate(
  topology: string,
  options: CommandOptions,
): Promise<JobEnd<EvaluationSummary>> {
  const end = await command.run(topology, options);
  return waitsForPeople(end.summary) && end.exitCode === 0 ? { ...end, exitCode: 3 } : end;
}

/**
 * The same pairs by several evaluators, each in a directory of its own by its topology's name, one
 * after the other; then they are compared, pair by pair and row by row, in `comparison.json` and
 * `comparison.md`. One that is stopped stops them all, unless it waits for a batch.
 */
export async function evaluateAll(
  topologyPaths: readonly string[],
  given: CommandOptions,
): Promise<ComparedEvaluators> {
  const named = await runsWithModels(topologyPaths, given);
  const directories = named.map(({ name }) => join(given.directory, name));
  const options = await pinInput(given, directories);
  // Every mistake in any of them is found before the first call of the first.
  const mistakes = createMistakes();
  for (const { name, path, models } of named) {
    const directory = join(options.directory, name);
    await refuseLink(directory);
    await mistakes.attemptLater(() => command.check(path, { ...options, models, directory }));
  }
  mistakes.throwIfAny();
  const evaluators: EvaluatorEnd[] = [];
  let { budgetUsd } = options;
  for (const { name, path, models } of named) {
    const directory = join(options.directory, name);
    options.progress.say(`${name}:`, "news");
    const end = await evaluate(path, { ...options, models, directory, budgetUsd });
    evaluators.push({ ...end, name, directory });
    // One budget for them all: the next may spend what this one left.
    budgetUsd = end.spent.leftUsd ?? undefined;
    // Where one waits for a batch, the others' calls may be answered beside it.
    if (end.stoppedBy !== null && end.next === undefined) break;
  }
  const best = await writeComparison(options.directory, evaluators);
  await writeSharedReport(
    evaluators.map(({ directory }) => directory),
    options,
  );
  return { evaluators, best };
}

/**
 * What `evaluateAll` would ask, by topology, each with what the ones before it leave of the budget.
 */
export async function forecastEvaluateAll(
  topologyPaths: readonly string[],
  options: CommandOptions,
): Promise<(readonly [path: string, forecast: Forecast])[]> {
  const forecasts: (readonly [string, Forecast])[] = [];
  let { budgetUsd } = options;
  const mistakes = createMistakes();
  for (const { name, path, models } of await runsWithModels(topologyPaths, options)) {
    const directory = options.directory === "" ? "" : join(options.directory, name);
    const forecast = await mistakes.attemptLater(() =>
      forecastEvaluate(path, { ...options, models, directory, budgetUsd }),
    );
    if (forecast === undefined) continue;
    forecasts.push([path, forecast]);
    if (budgetUsd !== undefined) budgetUsd = Math.max(0, budgetUsd - forecast.cost.usd);
  }
  mistakes.throwIfAny();
  return forecasts;
}

/**
 * The name of a topology file without its ending, which becomes a directory's name.
 *
 * @throws FellowshipError `bad_usage` for a name that leads to another directory or hides it
 */
function directoryName(path: string): string {
  const name = basename(path).replace(/\.(?:ya?ml|m?[jt]s)$/, "");
  // oxlint-disable-next-line no-control-regex -- a name shall hold none
  if (/^[^.\u0000-\u001f][^\u0000-\u001f]*$/u.test(name) && Buffer.byteLength(name) <= 200)
    return name;
  throw new FellowshipError(
    "bad_usage",
    `${path}: the file's name becomes the name of a directory; expected at most 200 bytes, ` +
      "no dot at the start and no control characters, got " +
      `${JSON.stringify(name.slice(0, 60))}. Rename the file.`,
    { facts: { path } },
  );
}

/** Names the runs, and gives each the models of its agents. */
async function runsWithModels(paths: readonly string[], options: CommandOptions) {
  const modelsOf = await modelsByTopology(paths, options);
  return nameRuns(paths).map((run, index) => ({ ...run, models: modelsOf[index] ?? [] }));
}

/**
 * Directories by the names of the topology files; those of one name, on a disk that does not tell
 * capitals apart either, are told apart by a number.
 */
export function nameRuns(paths: readonly string[]): { name: string; path: string }[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    const base = directoryName(path);
    let name = base;
    for (let number = 2; taken.has(name.toLowerCase()); number += 1) name = `${base}-${number}`;
    taken.add(name.toLowerCase());
    return { name, path };
  });
}
