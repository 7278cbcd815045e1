import { basename, join } from "node:path";
import { toPairRow } from "../../datasets/rows/pair-row.ts";
import { readRecords } from "../../datasets/read/read-records.ts";
import {
  compareEvaluators,
  type EvaluatorComparison,
} from "../../statistics/compare-evaluators.ts";
import type { Preference } from "../../statistics/estimates/preference.ts";
import { refuseUnpriced } from "../../models/cost/budget.ts";
import { loadPrices, priceTable } from "../../models/cost/prices.ts";
import { conversationText } from "../../prompts/fence.ts";
import type { Winner } from "../../state/verdict.ts";
import { limitsOf } from "../../topologies/limits-of.ts";
import { openEvaluator, type OpenedEvaluator } from "../../topologies/open-topology.ts";
import { buildContext } from "../engine/build-context.ts";
import type { CommandOptions } from "../command-options.ts";
import { createEvaluationJob } from "./evaluation-job.ts";
import type { EvaluationSummary } from "./evaluation-outputs.ts";
import { forecast, roughTokens, type Forecast, type ForecastBasis } from "../forecast/forecast.ts";
import { inspectDirectory } from "../forecast/inspect-directory.ts";
import { refuseUnreadableInput } from "../refuse-unreadable-input.ts";
import { refuseOwnDirectory } from "../reuse/reuse.ts";
import { runJob } from "../engine/run-job.ts";
import { modelsOf, type JobEnd } from "../engine/job.ts";

/** One evaluator's run among several. */
export type EvaluatorEnd = JobEnd<EvaluationSummary> & {
  readonly name: string;
  readonly directory: string;
};

/** Several evaluators over the same pairs. */
export type ComparedEvaluators = {
  readonly evaluators: readonly EvaluatorEnd[];
  /** The best by kappa against the next, where two agreed with people at all. */
  readonly best: (EvaluatorComparison & { readonly first: string; readonly second: string }) | null;
};

/**
 * Verdicts by an evaluator topology over a file of pairs.
 *
 * @throws FellowshipError for everything that is wrong before the first call.
 */
export async function evaluate(
  topologyPath: string,
  options: CommandOptions,
): Promise<JobEnd<EvaluationSummary>> {
  const opened = await open(topologyPath, options);
  return runJob(
    async (parts) => {
      const built = await opened.build(buildContext(options, parts));
      return createEvaluationJob(opened.topology, built, parts);
    },
    options,
    basisOf(opened),
  );
}

/**
 * The same pairs by several evaluators, each in a directory of its own by its topology's name, one after the other; then the best
 * by kappa against the next, paired row by row. One that is stopped stops them all.
 */
export async function evaluateAll(
  topologyPaths: readonly string[],
  options: CommandOptions,
): Promise<ComparedEvaluators> {
  const named = nameRuns(topologyPaths);
  // Every mistake in any of them is to be found before the first call of the first.
  const priceOf = loadPrices(priceTable);
  await refuseUnreadableInput(options.input);
  for (const { name, path } of named) {
    const directory = join(options.directory, name);
    await refuseOwnDirectory(directory, options.reuse ?? []);
    const { topology, build } = await open(path, options);
    const built = await build(buildContext(options));
    if (options.budgetUsd !== undefined) refuseUnpriced(modelsOf(built), priceOf);
    const job = { ...built, command: "evaluate", topology };
    await inspectDirectory(job, { ...options, directory }, priceOf);
  }
  const evaluators: EvaluatorEnd[] = [];
  let { budgetUsd } = options;
  for (const { name, path } of named) {
    const directory = join(options.directory, name);
    options.progress.say(`${name}:`, "news");
    const end = await evaluate(path, { ...options, directory, budgetUsd });
    evaluators.push({ ...end, name, directory });
    // One budget for them all: the next may spend what this one left.
    budgetUsd = end.spent.leftUsd ?? undefined;
    if (end.stoppedBy !== null) break;
  }
  return { evaluators, best: await compareBest(evaluators) };
}

/** What `evaluateAll` would ask, by topology, each with what the ones before it leave of the budget. */
export async function forecastEvaluateAll(
  topologyPaths: readonly string[],
  options: CommandOptions,
): Promise<(readonly [path: string, forecast: Forecast])[]> {
  const forecasts: (readonly [string, Forecast])[] = [];
  let { budgetUsd } = options;
  for (const { name, path } of nameRuns(topologyPaths)) {
    const directory = options.directory === "" ? "" : join(options.directory, name);
    const forecast = await forecastEvaluate(path, { ...options, directory, budgetUsd });
    forecasts.push([path, forecast]);
    if (budgetUsd !== undefined) budgetUsd = Math.max(0, budgetUsd - forecast.cost.usd);
  }
  return forecasts;
}

/** What `evaluate` would ask over the same file; checks everything that it checks, sends nothing. */
export async function forecastEvaluate(
  topologyPath: string,
  options: CommandOptions,
): Promise<Forecast> {
  const opened = await open(topologyPath, options);
  const built = await opened.build(buildContext(options));
  const priceOf = loadPrices(priceTable);
  if (options.budgetUsd !== undefined) refuseUnpriced(modelsOf(built), priceOf);
  const job = { ...built, command: "evaluate", topology: opened.topology };
  return forecast(job, { ...options, ...basisOf(opened), priceOf });
}

function open(path: string, options: CommandOptions): Promise<OpenedEvaluator> {
  return openEvaluator(path, { ...options, onCode: (notice) => options.progress.say(notice) });
}

function basisOf({ topology, steps, assumptions }: OpenedEvaluator): ForecastBasis {
  return {
    steps,
    assumptions,
    sizesOf: (record) => {
      const read = toPairRow(record);
      if (!read.ok) return null;
      const { messages, a, b } = read.row;
      const response = (roughTokens(a.text) + roughTokens(b.text)) / 2;
      return { prompt: roughTokens(conversationText(messages)), response };
    },
    limits: limitsOf(topology),
  };
}

/**
 * Directories by the names of the topology files; those of one name, on a disk that does not tell capitals apart either, are told
 * apart by a number.
 */
function nameRuns(paths: readonly string[]): { name: string; path: string }[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    const base = basename(path).replace(/\.(?:ya?ml|m?[jt]s)$/, "") || "topology";
    let name = base;
    for (let number = 2; taken.has(name.toLowerCase()); number += 1) name = `${base}-${number}`;
    taken.add(name.toLowerCase());
    return { name, path };
  });
}

async function compareBest(
  evaluators: readonly EvaluatorEnd[],
): Promise<ComparedEvaluators["best"]> {
  const kappaOf = ({ summary }: EvaluatorEnd) => summary.agreement?.kappa.value ?? null;
  const [first, second] = evaluators
    .filter((evaluator) => kappaOf(evaluator) !== null)
    .toSorted((one, other) => (kappaOf(other) ?? 0) - (kappaOf(one) ?? 0));
  if (first === undefined || second === undefined) return null;
  const [best, next] = [await readVerdicts(first), await readVerdicts(second)];
  const rows = [...best].flatMap(([row, { winner, label }]) => {
    const other = next.get(row);
    if (label === undefined || other === undefined) return [];
    return [{ label, first: winner, second: other.winner }];
  });
  return { ...compareEvaluators(rows), first: first.name, second: second.name };
}

type ReadVerdict = { readonly winner: Winner; readonly label: Preference | undefined };

async function readVerdicts({ directory }: EvaluatorEnd): Promise<Map<number, ReadVerdict>> {
  const verdicts = new Map<number, ReadVerdict>();
  // Our own rows may be longer than any that we take from others.
  const options = { maxRowBytes: Number.MAX_SAFE_INTEGER };
  for await (const record of readRecords(join(directory, "rows.jsonl"), options)) {
    if (!("value" in record)) continue;
    const { row, winner, label } = record.value as ReadVerdict & { row: number };
    verdicts.set(row, { winner, label });
  }
  return verdicts;
}
