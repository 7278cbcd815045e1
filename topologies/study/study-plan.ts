import { readFileSync, statSync } from "node:fs";
import type * as z from "zod";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { findFile } from "../../state/files/find-file.ts";
import { findTopology, presetHint } from "../load/find-topology.ts";
import { createMistakes } from "../../state/mistakes.ts";
import { locationOfKey, type KeyLocations } from "../load/key-locations.ts";
import { isTree, parseYaml, type Tree } from "../load/parse-yaml.ts";
import { shownValue } from "../load/problem-message.ts";
import { schemaProblems } from "../load/schema-problems.ts";
import { studySchema } from "../schema/study-schema.ts";
import { isCodePath } from "../../user-code/load-code.ts";

/** A topology of a plan: as the plan names it, and the file that this is. */
export type PlannedTopology = { readonly name: string; readonly path: string };
type PlannedPrompts = { readonly input: string; readonly limit?: number | undefined };

/** A plan of a study (contract section 4, `graph: study`), with its files found. */
export type StudyPlan = {
  readonly evaluators: readonly PlannedTopology[];
  readonly labelled: string;
  readonly generators: readonly PlannedTopology[];
  readonly baselines: readonly PlannedTopology[];
  readonly study: PlannedPrompts;
  readonly produce: PlannedPrompts;
  /** Choices that were made beforehand; each is also among those that are measured. */
  readonly chosenEvaluator: PlannedTopology | undefined;
  readonly chosenGenerator: PlannedTopology | undefined;
  /** Whether a single model with the same tokens is added for every multi-agent generator. */
  readonly equalTokens: boolean;
};

/**
 * Reads a plan.
 *
 * @throws FellowshipError `bad_usage` listing every mistake with its file, line and key, and for a
 *   topology that the plan names twice
 */
export function loadStudyPlan(path: string): StudyPlan {
  const { tree, lines } = parseYaml(path, readPlan(path));
  if (!isTree(tree)) {
    const got = tree === null ? "an empty file" : shownValue(tree);
    throw new FellowshipError("bad_usage", `${path}: expected a plan (graph: study), got ${got}.`, {
      facts: { path },
    });
  }
  const places = new Map([...lines].map(([key, line]) => [key, `${path}:${line}`]));
  refusePlan(path, tree, places);
  const plan = studySchema.parse(tree);
  refuseMissing(path, plan, places);
  const found = (name: string) => ({ name, path: findTopology(name, path) });
  const fileOf = (name: string) => findFile(name, { namedIn: path });
  const pinned = (name: string | undefined) => (name === undefined ? undefined : found(name));
  const topologies = {
    evaluators: plan.evaluators.map(({ file }) => found(file)),
    generators: plan.generators.map(({ file }) => found(file)),
    baselines: plan.baselines.map(({ file }) => found(file)),
  };
  refuseTwice(path, topologies.evaluators);
  refuseTwice(path, [...topologies.generators, ...topologies.baselines]);
  const chosenEvaluator = pinned(plan.choose.evaluator);
  const chosenGenerator = pinned(plan.choose.generator);
  return {
    ...topologies,
    evaluators: withChosen(topologies.evaluators, chosenEvaluator),
    generators: withChosen(topologies.generators, chosenGenerator),
    labelled: fileOf(plan.labelled),
    study: { ...plan.study, input: fileOf(plan.study.input) },
    produce: { ...plan.produce, input: fileOf(plan.produce.input) },
    chosenEvaluator,
    chosenGenerator,
    equalTokens: plan.equalTokens,
  };
}

function withChosen(
  listed: readonly PlannedTopology[],
  chosen: PlannedTopology | undefined,
): readonly PlannedTopology[] {
  if (chosen === undefined || listed.some(({ path }) => path === chosen.path)) return listed;
  return [...listed, chosen];
}

function readPlan(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new FellowshipError("bad_usage", `Can't read the plan ${path} (${code}).`, {
      facts: { path },
      cause,
    });
  }
}

function refuseTwice(plan: string, topologies: readonly PlannedTopology[]): void {
  const twice = topologies.find(
    ({ path }, index) => topologies.findIndex((other) => other.path === path) < index,
  );
  if (twice === undefined) return;
  throw new FellowshipError("bad_usage", `${plan}: ${twice.name} is named twice.`, {
    facts: { path: plan },
  });
}

/** Names every topology of a plan that there is no file of. */
function refuseMissing(
  path: string,
  plan: z.infer<typeof studySchema>,
  places: KeyLocations,
): void {
  const listed = (["evaluators", "generators", "baselines"] as const).flatMap((key) =>
    plan[key].map(({ file }, index) => [`${key}.${index}.file`, file] as const),
  );
  const { evaluator, generator } = plan.choose;
  const mistakes = createMistakes();
  for (const [key, name] of [
    ...listed,
    ["choose.evaluator", evaluator] as const,
    ["choose.generator", generator] as const,
  ]) {
    if (name === undefined || isCodePath(name)) continue;
    if (statSync(findTopology(name, path), { throwIfNoEntry: false }) !== undefined) continue;
    const text =
      `${locationOfKey(places, key) ?? path}: ${key}: no such file: ` +
      `${name}.${presetHint(name)}`;
    mistakes.add(new FellowshipError("bad_usage", text, { facts: { path, key } }));
  }
  mistakes.throwIfAny();
}

function refusePlan(path: string, tree: Tree, places: KeyLocations): void {
  const mistakes = createMistakes();
  for (const { key, message } of schemaProblems(tree, studySchema)) {
    const place = locationOfKey(places, key) ?? path;
    const text = `${place}: ${key === "" ? "plan" : key}: ${message}`;
    mistakes.add(new FellowshipError("bad_usage", text, { facts: { path, key } }));
  }
  mistakes.throwIfAny();
}
