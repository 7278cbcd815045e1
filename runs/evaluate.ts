import { basename, join } from "node:path";
import { toPairRow } from "../datasets/pair-row.ts";
import { readRecords } from "../datasets/read-records.ts";
import { compareEvaluators, type EvaluatorComparison } from "../evals/compare-evaluators.ts";
import type { Preference } from "../evals/preference.ts";
import { refuseUnpriced } from "../models/budget.ts";
import { createGate } from "../models/gate.ts";
import { loadPrices, priceTable } from "../models/prices.ts";
import { conversationText } from "../prompts/fence.ts";
import { promptDirectory } from "../prompts/load-prompt.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import type { Winner } from "../state/verdict.ts";
import { buildEvaluator } from "../topologies/build-evaluator.ts";
import { forecastEvaluation } from "../topologies/forecast-calls.ts";
import { limitsOf } from "../topologies/limits-of.ts";
import { loadTopology } from "../topologies/load-topology.ts";
import { isEvaluatorTopology, type EvaluatorTopology } from "../topologies/topology-schema.ts";
import type { CommandOptions } from "./command-options.ts";
import { createEvaluationJob } from "./evaluation-job.ts";
import type { EvaluationSummary } from "./evaluation-outputs.ts";
import { forecast, roughTokens, type Forecast } from "./forecast.ts";
import { runJob, type JobEnd } from "./run-job.ts";

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
  const topology = loadEvaluator(topologyPath, options);
  return runJob(
    async (parts) => {
      const { environment } = options;
      const built = await buildEvaluator(topology, {
        gate: parts.gate,
        longestAnswerOf: parts.longestAnswerOf,
        environment,
        promptDirectory,
      });
      return createEvaluationJob(topology, built, parts);
    },
    options,
    limitsOf(topology),
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
  for (const { path } of named) {
    const gate = createGate();
    const topology = loadEvaluator(path, options);
    const { environment } = options;
    const built = await buildEvaluator(topology, { gate, environment, promptDirectory });
    if (options.budgetUsd !== undefined) {
      const models = built.agents.map(({ model }) => model);
      refuseUnpriced(models, loadPrices(priceTable));
    }
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

/** What `evaluate` would ask over the same file; checks everything that it checks, sends nothing. */
export async function forecastEvaluate(
  topologyPath: string,
  options: CommandOptions,
): Promise<Forecast> {
  const topology = loadEvaluator(topologyPath, options);
  const { environment } = options;
  await buildEvaluator(topology, { gate: createGate(), environment, promptDirectory });
  return forecast({
    ...options,
    calls: forecastEvaluation(topology),
    sizesOf: (record) => {
      const read = toPairRow(record);
      if (!read.ok) return null;
      const { messages, a, b } = read.row;
      const response = (roughTokens(a.text) + roughTokens(b.text)) / 2;
      return { prompt: roughTokens(conversationText(messages)), response };
    },
    priceOf: loadPrices(priceTable),
  });
}

/**
 * Directories by the names of the topology files; those of one name, on a disk that does not tell capitals apart either, are told
 * apart by a number.
 */
function nameRuns(paths: readonly string[]): { name: string; path: string }[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    const base = basename(path).replace(/\.ya?ml$/, "") || "topology";
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

function loadEvaluator(path: string, options: CommandOptions): EvaluatorTopology {
  const topology = loadTopology(path, options);
  if (isEvaluatorTopology(topology)) return topology;
  throw new FellowshipError(
    "bad_usage",
    `${path}: graph: ${topology.graph} is a generator; evaluate takes judge, jury or debate (npm run generate takes generators).`,
    { facts: { path } },
  );
}
