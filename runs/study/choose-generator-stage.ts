import { mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { openUnattendedEvaluator, openGenerator } from "../../topologies/open-topology.ts";
import type { PlannedTopology, StudyPlan } from "../../topologies/study/study-plan.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { isCodePath } from "../../user-code/load-code.ts";
import type { CommandOptions } from "../command-options.ts";
import { compare } from "../compare/compare.ts";
import type { ComparedPair } from "../compare/comparison.ts";
import type { ComparisonSummary } from "../compare/comparison-outputs.ts";
import { verdictInWords } from "../compare/comparison-words.ts";
import type { JobEnd } from "../engine/job.ts";
import { nameRuns } from "../evaluate/evaluate.ts";
import { generate } from "../generate/generate.ts";
import type { GenerationSummary } from "../generate/generation-outputs.ts";
import { cheapnessOf } from "./cheapness.ts";
import { reasonFor } from "./choose-evaluator-stage.ts";
import type { GeneratorDecision } from "./decision.ts";
import { readRowTokens, samplesFor, singleOf } from "./equal-tokens.ts";
import { smallest, type Stages } from "./stages.ts";

/** A generator's run over the prompts of the study. */
type Answered = {
  readonly name: string;
  readonly role: "generator" | "baseline" | "same-tokens";
  readonly planned: PlannedTopology;
  readonly directory: string;
  readonly end: JobEnd<GenerationSummary>;
  /** Of a single model with the same tokens: the generator's name, and the answers it gives. */
  readonly beside?: { readonly name: string; readonly samples: number };
};

/**
 * Runs all generators and baselines of a plan over its prompts, and beside each multi-agent
 * generator a single model with the same tokens; compares each with each by the chosen evaluator,
 * and chooses a generator. Null where the study stopped.
 */
export async function decideGenerator(
  plan: StudyPlan,
  evaluator: PlannedTopology,
  options: CommandOptions,
  stages: Stages,
): Promise<{ readonly chosen: PlannedTopology; readonly decision: GeneratorDecision } | null> {
  const answered = await runGenerators(plan, evaluator, options, stages);
  if (answered === null) return null;
  const usable = answered.filter(({ end }) => end.summary.done > 0);
  const compared =
    usable.length < 2
      ? null
      : await stages.run("comparison", {}, (own) =>
          compare(evaluator.path, {
            ...own,
            limit: undefined,
            runs: usable.map(({ directory }) => directory),
          }),
        );
  if (stages.stoppedBy !== null) return null;
  return decide(plan, answered, compared?.summary ?? null);
}

async function runGenerators(
  plan: StudyPlan,
  evaluator: PlannedTopology,
  options: CommandOptions,
  stages: Stages,
): Promise<Answered[] | null> {
  const planned = [
    ...plan.generators.map((one) => ({ one, role: "generator" as const })),
    ...plan.baselines.map((one) => ({ one, role: "baseline" as const })),
  ];
  const names = nameRuns(planned.map(({ one }) => one.path));
  const answered: Answered[] = [];
  for (const [index, { one, role }] of planned.entries()) {
    const stage = `generators/${names[index]?.name}`;
    const end = await stages.run(stage, plan.study, (own) => generate(one.path, own));
    if (end === null) return null;
    const directory = join(options.directory, stage);
    const own = { name: one.name, role, planned: one, directory, end };
    answered.push(own);
    if (role !== "generator" || !plan.equalTokens || end.summary.done === 0) continue;
    const single = await runSingle(plan, evaluator, own, options, stages);
    if (stages.stoppedBy !== null) return null;
    if (single !== null) answered.push(single);
  }
  return answered;
}

/** The single model with the same tokens; null where the generator has none beside it. */
async function runSingle(
  plan: StudyPlan,
  evaluator: PlannedTopology,
  loop: Answered,
  options: CommandOptions,
  stages: Stages,
): Promise<Answered | null> {
  const { topology } = await openGenerator(loop.planned.path, options);
  const tokens = await readRowTokens(loop.directory);
  // Without counted tokens, a call stands for as much as another.
  const samples = tokens === null ? callsPerAnswer(loop.end.summary) : samplesFor(tokens);
  const judge = await openUnattendedEvaluator(evaluator.path, options);
  const single = singleOf(topology, samples, judge.topology);
  if (single === null) return null;
  const file = join(options.directory, "same-tokens", `${basename(loop.directory)}.yaml`);
  await mkdir(join(options.directory, "same-tokens"), { recursive: true });
  await replaceFile(file, `${JSON.stringify(single, null, 2)}\n`);
  const stage = `generators/${basename(loop.directory)}-same-tokens`;
  // The changes of the command line are in the file already.
  const changes = { ...plan.study, models: [], sets: [] };
  const end = await stages.run(stage, changes, (own) => generate(file, own));
  if (end === null) return null;
  const name = `${loop.name} (single model, same tokens)`;
  const directory = join(options.directory, stage);
  const beside = { name: loop.name, samples };
  return { name, role: "same-tokens", planned: { name, path: file }, directory, end, beside };
}

function callsPerAnswer({ calls, done }: GenerationSummary): number {
  return samplesFor({ all: calls / done, answer: 1, comparison: 1 });
}

/** Makes the decision out of the comparison; null where there was nothing to compare. */
function decide(
  plan: StudyPlan,
  answered: readonly Answered[],
  summary: ComparisonSummary | null,
): { readonly chosen: PlannedTopology; readonly decision: GeneratorDecision } | null {
  const names = new Map(answered.map((one) => [basename(one.directory), one]));
  const items = summary?.comparison.items ?? [];
  const differences = namedAsPlanned(summary, names);
  const ranked = items.flatMap(({ name }) => names.get(name) ?? []);
  const choosable =
    ranked.length === 0 ? answered.filter(({ end }) => end.summary.done > 0) : ranked;
  const generators = choosable.filter(({ role }) => role === "generator");
  const [best] = generators;
  if (best === undefined) return null;
  const pairOf = ({ name: a }: Answered, { name: b }: Answered) =>
    differences.find((pair) => [a, b].includes(pair.a) && [a, b].includes(pair.b));
  const near = generators.filter((one) => one === best || pairOf(best, one)?.better === "neither");
  const cost = cheapnessOf(near.map(({ end }) => end.summary));
  const cheapest = near
    .map((one, index) => ({ one, cost: cost.of(index) }))
    .toSorted((one, other) => one.cost - other.cost)[0]!.one;
  const pinned = plan.chosenGenerator;
  const chosen = pinned ?? cheapest.planned;
  const measured =
    summary === null
      ? "it alone has responses, so nothing was compared"
      : reasonFor(cheapest.name, best.name, {
          unit: cost.unit,
          candidates: generators.length,
        });
  const candidates = choosable.map((one) => {
    const figures = items.find(({ name }) => name === basename(one.directory))?.figures;
    const single = choosable.find(({ beside }) => beside?.name === one.name);
    return {
      name: one.name,
      role: one.role,
      winRate: figures?.winRate ?? null,
      strength: figures?.strength,
      meanTokens: figures?.meanTokens ?? null,
      usd: figures?.usd ?? null,
      rounds: one.end.summary.roundGains ?? [],
      sameTokens:
        one.role === "generator" && single?.beside !== undefined
          ? {
              samples: single.beside.samples,
              sentence: worthIt(one, single, pairOf(one, single)),
            }
          : undefined,
    };
  });
  return {
    chosen,
    decision: {
      chosen: chosen.name,
      reason:
        pinned === undefined
          ? measured
          : `the plan chose it; by win rate the study would take ${cheapest.name}`,
      candidates,
      differences,
      leftOut: answered
        .filter((one) => !choosable.includes(one))
        .map(({ name, end }) => ({
          name,
          reason: `none of its rows has a response (${end.failures[0]?.reason ?? "no rows"})`,
        })),
    },
  };
}

/** The differences of a comparison, with the names of the plan in place of the directories'. */
function namedAsPlanned(
  summary: ComparisonSummary | null,
  names: ReadonlyMap<string, Answered>,
): readonly ComparedPair[] {
  const { items = [], differences = [] } = summary?.comparison ?? {};
  const nameOf = (directory: string) => names.get(directory)?.name ?? directory;
  const costsOf = (directory: string) => items.find(({ name }) => name === directory)?.figures;
  return differences.map((pair) => {
    const named = { ...pair, a: nameOf(pair.a), b: nameOf(pair.b) };
    const [ofA, ofB] = [costsOf(pair.a), costsOf(pair.b)];
    if (ofA === undefined || ofB === undefined) return named;
    return { ...named, verdict: verdictInWords(named, [ofA, ofB]) };
  });
}

/** Whether a multi-agent generator was worth its tokens, in a sentence. */
function worthIt(loop: Answered, single: Answered, pair: ComparedPair | undefined): string {
  const { name } = loop;
  const samples = single.beside?.samples;
  const beside = `a single model with the same tokens (the best of ${samples} answers)`;
  if (pair === undefined || pair.n === 0) return `${name} was not compared with ${beside}.`;
  const { wins, n } = pair;
  const [won, lost] = pair.a === name ? [wins.a, wins.b] : [wins.b, wins.a];
  const counts = `of ${n} comparisons it won ${won} and lost ${lost}`;
  if (pair.better === "neither") {
    return (
      `${name} was not shown to be worth it: ${counts} against ${beside}, the same within ` +
      "noise."
    );
  }
  const worth = pair[pair.better] === name ? "was worth it" : "was not worth it";
  return `${name} ${worth}: ${counts} against ${beside}, beyond noise.`;
}

/** The data set, by the chosen generator with the chosen evaluator in the place of its own. */
export async function produceData(
  plan: StudyPlan,
  generator: PlannedTopology,
  evaluator: PlannedTopology,
  options: CommandOptions,
  stages: Stages,
): Promise<void> {
  const sets = await producingSets(generator, evaluator, options);
  const limit = smallest(options.limit, plan.produce.limit);
  await stages.run("data", { ...plan.produce, limit, sets }, (own) =>
    generate(generator.path, own),
  );
}

/** The changes that put an evaluator in the place of a generator's own, where it has one. */
export async function producingSets(
  generator: PlannedTopology,
  evaluator: PlannedTopology,
  options: CommandOptions,
): Promise<readonly string[]> {
  const { sets = [] } = options;
  const { topology } = await openGenerator(generator.path, options);
  const isReplaced = "evaluator" in topology && !isCodePath(evaluator.path);
  if (!isReplaced || topology.evaluator === undefined) return sets;
  return [...sets, `evaluator=${JSON.stringify({ file: resolve(evaluator.path) })}`];
}
